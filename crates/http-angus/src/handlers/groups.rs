//! Groups, and who is in them.

use citizenry_directory::{GroupField, GroupInclude, GroupRef, NumberedSort, Unknown, UserRef};

use crate::{
    RULES,
    wire::{
        answer::{Answer, Answers as _},
        auth::Call,
        body::{BodyIds, BodyList},
        groups::{self as wire, Group, GroupBody, GroupUser, group_keys, id_keys, user_keys},
        ids::PathId,
        paging::{List, ListShape, listed},
        parameters::Parameters,
        user_bodies::EnabledBody,
    },
};

pub(crate) async fn add(call: Call, BodyList(body): BodyList<GroupBody>) -> Answer {
    let new = GroupBody::all_new(body)?;
    let made = call.services.directory.create_groups(&call.caller, new, RULES).await?;
    call.created(id_keys(&made))
}

pub(crate) async fn update(call: Call, BodyList(body): BodyList<GroupBody>) -> Answer {
    let changes = GroupBody::all_changes(body)?;
    call.services.directory.update_groups(&call.caller, changes, RULES).await?;
    call.done()
}

pub(crate) async fn replace(call: Call, BodyList(body): BodyList<GroupBody>) -> Answer {
    let saves = GroupBody::all_saves(body)?;
    let saved = call.services.directory.save_groups(&call.caller, saves, RULES).await?;
    call.shown(id_keys(&saved))
}

pub(crate) async fn delete(call: Call, parameters: Parameters) -> Answer {
    let ids = parameters.ids("ids")?.into_iter().map(GroupRef::from).collect();
    call.services.directory.delete_groups(&call.caller, ids, Unknown::PassOver).await?;
    call.deleted()
}

pub(crate) async fn enable(call: Call, BodyList(body): BodyList<EnabledBody>) -> Answer {
    let groups = wire::enabled(&body)?;
    call.services.directory.set_groups_enabled(&call.caller, groups).await?;
    call.done()
}

pub(crate) async fn get(call: Call, PathId(id): PathId) -> Answer {
    let include = GroupInclude { members: false, tags: true };
    let view = call.services.directory.group(&call.caller, &id.into(), include).await?;
    call.shown(Group::new(&view, call.caller.tenant_context(), &call).with_tags(&view))
}

pub(crate) async fn list(call: Call, parameters: Parameters) -> Answer {
    rows(&call, &parameters, wire::LIST).await
}

pub(crate) async fn search(call: Call, parameters: Parameters) -> Answer {
    rows(&call, &parameters, wire::SEARCH).await
}

async fn rows(
    call: &Call,
    parameters: &Parameters,
    shape: ListShape<GroupField, NumberedSort>,
) -> Answer {
    let List { conditions, listing } = shape.read(parameters, call)?;
    let (directory, include) = (&call.services.directory, GroupInclude::default());
    let page = directory.groups(&call.caller, conditions, listing, include).await?;
    let tenant = call.caller.tenant_context();
    listed(call, page.map(|view| Group::new(&view, tenant, call)))
}

pub(crate) async fn add_users(
    call: Call,
    PathId(id): PathId,
    BodyIds(users): BodyIds<1, 2000>,
) -> Answer {
    let users = users.into_iter().map(UserRef::Number).collect();
    let directory = &call.services.directory;
    let made = directory.add_group_members(&call.caller, &id.into(), users, RULES).await?;
    call.created(user_keys(&made))
}

pub(crate) async fn delete_users(call: Call, PathId(id): PathId, parameters: Parameters) -> Answer {
    let users = parameters.ids("ids")?.into_iter().map(UserRef::Number).collect();
    call.services.directory.remove_group_members(&call.caller, &id.into(), users).await?;
    call.deleted()
}

pub(crate) async fn list_users(call: Call, PathId(id): PathId, parameters: Parameters) -> Answer {
    let List { conditions, listing } = wire::MEMBERS.read(&parameters, &call)?;
    let directory = &call.services.directory;
    let page = directory.group_members(&call.caller, &id.into(), conditions, listing).await?;
    let tenant = call.caller.tenant_context();
    listed(&call, page.map(|view| GroupUser::new(&view, tenant, &call)))
}

pub(crate) async fn add_of_user(
    call: Call,
    PathId(id): PathId,
    BodyIds(groups): BodyIds<1, 2000>,
) -> Answer {
    let groups = groups.into_iter().map(GroupRef::from).collect();
    let (user, directory) = (UserRef::Number(id), &call.services.directory);
    let made = directory.add_user_groups(&call.caller, &user, groups, RULES).await?;
    call.created(group_keys(&made))
}

pub(crate) async fn replace_of_user(
    call: Call,
    PathId(id): PathId,
    BodyIds(groups): BodyIds<0, 2000>,
) -> Answer {
    let groups = groups.into_iter().map(GroupRef::from).collect();
    let (user, directory) = (UserRef::Number(id), &call.services.directory);
    directory.set_user_groups(&call.caller, &user, groups, RULES).await?;
    call.done()
}

pub(crate) async fn delete_of_user(
    call: Call,
    PathId(id): PathId,
    parameters: Parameters,
) -> Answer {
    let groups = parameters.ids("groupIds")?.into_iter().map(GroupRef::from).collect();
    let (user, directory) = (UserRef::Number(id), &call.services.directory);
    directory.remove_user_groups(&call.caller, &user, groups).await?;
    call.deleted()
}

pub(crate) async fn list_of_user(call: Call, PathId(id): PathId, parameters: Parameters) -> Answer {
    let List { conditions, listing } = wire::OF_USER.read(&parameters, &call)?;
    let (user, directory) = (UserRef::Number(id), &call.services.directory);
    let page = directory.user_groups(&call.caller, &user, conditions, listing).await?;
    let tenant = call.caller.tenant_context();
    listed(&call, page.map(|view| GroupUser::new(&view, tenant, &call)))
}
