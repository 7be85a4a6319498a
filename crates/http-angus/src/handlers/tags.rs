//! Tags, and what they are on.

use citizenry_directory::{
    DepartmentRef, GroupRef, NumberedSort, TagField, TagLinksRef, TagRef, TargetRef, Unknown,
    UserRef,
};
use citizenry_identity::Number;

use crate::{
    RULES,
    wire::{
        answer::{Answer, Answers as _},
        auth::Call,
        body::{BodyIds, BodyList},
        ids::PathId,
        paging::{List, ListShape, listed},
        parameters::Parameters,
        tags::{self as wire, Tag, TagBody, TagTarget, TargetBody, id_keys, target_keys},
    },
};

pub(crate) async fn add(call: Call, BodyList(body): BodyList<TagBody>) -> Answer {
    let names = TagBody::all_new(&body)?;
    let made = call.services.directory.create_tags(&call.caller, names, RULES).await?;
    call.created(id_keys(&made))
}

pub(crate) async fn update(call: Call, BodyList(body): BodyList<TagBody>) -> Answer {
    let names = TagBody::all_changes(&body)?;
    call.services.directory.rename_tags(&call.caller, names).await?;
    call.done()
}

pub(crate) async fn delete(call: Call, parameters: Parameters) -> Answer {
    let ids = parameters.ids("ids")?.into_iter().map(TagRef::from).collect();
    call.services.directory.delete_tags(&call.caller, ids, Unknown::RefuseIfAll).await?;
    call.deleted()
}

pub(crate) async fn get(call: Call, PathId(id): PathId) -> Answer {
    let view = call.services.directory.tag(&call.caller, &id.into()).await?;
    call.shown(Tag::new(&view, call.caller.tenant_context(), &call))
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
    shape: ListShape<TagField, NumberedSort>,
) -> Answer {
    let List { conditions, listing } = shape.read(parameters, call)?;
    let page = call.services.directory.tags(&call.caller, conditions, listing).await?;
    let tenant = call.caller.tenant_context();
    listed(call, page.map(|view| Tag::new(&view, tenant, call)))
}

pub(crate) async fn add_targets(
    call: Call,
    PathId(id): PathId,
    BodyList(body): BodyList<TargetBody>,
) -> Answer {
    let (targets, directory) = (TargetBody::all(&body)?, &call.services.directory);
    let made = directory.add_tag_targets(&call.caller, &id.into(), targets, RULES).await?;
    call.created(target_keys(&made))
}

pub(crate) async fn delete_targets(
    call: Call,
    PathId(id): PathId,
    parameters: Parameters,
) -> Answer {
    let targets = parameters.ids("targetIds")?;
    call.services.directory.remove_tag_targets(&call.caller, &id.into(), targets).await?;
    call.deleted()
}

pub(crate) async fn list_targets(call: Call, parameters: Parameters) -> Answer {
    let of = wire::targets_of(&parameters)?;
    let List { conditions, listing } = wire::TARGETS.read(&parameters, &call)?;
    let page = call.services.directory.tag_links(&call.caller, of, conditions, listing).await?;
    listed(&call, page.map(|item| TagTarget::new(&item, &call)))
}

/// The four routes of the tags on users, departments or groups.
macro_rules! tags_of {
    ($($add:ident $replace:ident $delete:ident $list:ident $least:literal $target:expr;)*) => {$(
        pub(crate) async fn $add(
            call: Call,
            PathId(id): PathId,
            BodyIds(tags): BodyIds<0, 200>,
        ) -> Answer {
            add_to(call, $target(id), tags).await
        }

        pub(crate) async fn $replace(
            call: Call,
            PathId(id): PathId,
            BodyIds(tags): BodyIds<$least, 2000>,
        ) -> Answer {
            replace_on(call, $target(id), tags).await
        }

        pub(crate) async fn $delete(
            call: Call,
            PathId(id): PathId,
            parameters: Parameters,
        ) -> Answer {
            delete_from(call, $target(id), parameters).await
        }

        pub(crate) async fn $list(
            call: Call,
            PathId(id): PathId,
            parameters: Parameters,
        ) -> Answer {
            list_on(call, $target(id), parameters).await
        }
    )*};
}

tags_of! {
    add_to_user replace_on_user delete_from_user list_on_user 0
        (|id| TargetRef::User(UserRef::Number(id)));
    add_to_dept replace_on_dept delete_from_dept list_on_dept 0
        (|id| TargetRef::Department(DepartmentRef::Number(id)));
    add_to_group replace_on_group delete_from_group list_on_group 1
        (|id| TargetRef::Group(GroupRef::Number(id)));
}

async fn add_to(call: Call, target: TargetRef, tags: Vec<Number>) -> Answer {
    let tags = tags.into_iter().map(TagRef::from).collect();
    call.services.directory.add_tags(&call.caller, &target, tags, RULES).await?;
    call.made()
}

async fn replace_on(call: Call, target: TargetRef, tags: Vec<Number>) -> Answer {
    let tags = tags.into_iter().map(TagRef::from).collect();
    call.services.directory.set_tags(&call.caller, &target, tags, RULES).await?;
    call.done()
}

async fn delete_from(call: Call, target: TargetRef, parameters: Parameters) -> Answer {
    let tags = parameters.ids("tagIds")?.into_iter().map(TagRef::from).collect();
    call.services.directory.remove_tags(&call.caller, &target, tags).await?;
    call.deleted()
}

async fn list_on(call: Call, target: TargetRef, parameters: Parameters) -> Answer {
    let List { conditions, listing } = wire::OF_TARGET.read(&parameters, &call)?;
    let (of, directory) = (TagLinksRef::Target(target), &call.services.directory);
    let page = directory.tag_links(&call.caller, of, conditions, listing).await?;
    listed(&call, page.map(|item| TagTarget::new(&item, &call)))
}
