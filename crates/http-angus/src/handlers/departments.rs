//! Departments, and who is in them.

use citizenry_directory::{
    DepartmentField, DepartmentRef, MemberField, NumberedSort, Unknown, UserRef,
};
use serde_json::json;

use crate::{
    RULES,
    wire::{
        answer::{Answer, Answers as _},
        auth::Call,
        body::{Body, BodyIds, BodyList},
        departments::{
            self as wire, Dept, DeptBody, DeptUser, HeadBody, dept_keys, id_keys, navigation,
            user_keys,
        },
        ids::PathId,
        paging::{List, ListShape, listed},
        parameters::Parameters,
        user_bodies::{self, places},
    },
};

pub(crate) async fn add(call: Call, BodyList(body): BodyList<DeptBody>) -> Answer {
    let new = DeptBody::all_new(body)?;
    let made = call.services.directory.create_departments(&call.caller, new, RULES).await?;
    call.created(id_keys(&made))
}

pub(crate) async fn update(call: Call, BodyList(body): BodyList<DeptBody>) -> Answer {
    let changes = DeptBody::all_changes(body)?;
    call.services.directory.update_departments(&call.caller, changes, RULES).await?;
    call.done()
}

pub(crate) async fn replace(call: Call, BodyList(body): BodyList<DeptBody>) -> Answer {
    let saves = DeptBody::all_saves(body)?;
    let saved = call.services.directory.save_departments(&call.caller, saves, RULES).await?;
    call.shown(id_keys(&saved))
}

pub(crate) async fn delete(call: Call, parameters: Parameters) -> Answer {
    let ids = parameters.ids("ids")?.into_iter().map(DepartmentRef::from).collect();
    call.services.directory.delete_departments(&call.caller, ids, Unknown::PassOver).await?;
    call.done()
}

pub(crate) async fn show_navigation(call: Call, PathId(id): PathId) -> Answer {
    let path = call.services.directory.department_navigation(&call.caller, &id.into()).await?;
    call.shown(navigation(&path))
}

pub(crate) async fn get(call: Call, PathId(id): PathId) -> Answer {
    let view = call.services.directory.department(&call.caller, &id.into()).await?;
    call.shown(Dept::new(&view, call.caller.tenant_context(), &call).with_tags(&view))
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
    shape: ListShape<DepartmentField, NumberedSort>,
) -> Answer {
    let List { conditions, listing } = shape.read(parameters, call)?;
    let page = call.services.directory.departments(&call.caller, conditions, listing).await?;
    let tenant = call.caller.tenant_context();
    listed(call, page.map(|view| Dept::new(&view, tenant, call)))
}

pub(crate) async fn count(call: Call, PathId(id): PathId) -> Answer {
    let (below, users) =
        call.services.directory.department_counts(&call.caller, &id.into()).await?;
    // The spelling is the vendor's.
    call.shown(json!({ "subDeptNum": below, "sunUserNum": users }))
}

pub(crate) async fn add_users(
    call: Call,
    PathId(id): PathId,
    BodyIds(users): BodyIds<1, 2000>,
) -> Answer {
    let users = users.into_iter().map(UserRef::Number).collect();
    let directory = &call.services.directory;
    let made = directory.add_department_members(&call.caller, &id.into(), users, RULES).await?;
    call.created(user_keys(&made))
}

pub(crate) async fn delete_users(call: Call, PathId(id): PathId, parameters: Parameters) -> Answer {
    let users = parameters.ids("ids")?.into_iter().map(UserRef::Number).collect();
    call.services.directory.remove_department_members(&call.caller, &id.into(), users).await?;
    call.deleted()
}

pub(crate) async fn set_head(call: Call, PathId(id): PathId, Body(body): Body<HeadBody>) -> Answer {
    let (user, head) = body.read()?;
    let directory = &call.services.directory;
    directory.set_department_head(&call.caller, &id.into(), &user, head, RULES).await?;
    call.done()
}

pub(crate) async fn list_users(call: Call, PathId(id): PathId, parameters: Parameters) -> Answer {
    let List { conditions, listing }: List<MemberField, _> =
        wire::MEMBERS.read(&parameters, &call)?;
    let directory = &call.services.directory;
    let page = directory.department_members(&call.caller, &id.into(), conditions, listing).await?;
    let tenant = call.caller.tenant_context();
    listed(&call, page.map(|view| DeptUser::new(&view, tenant, &call)))
}

pub(crate) async fn add_of_user(
    call: Call,
    PathId(id): PathId,
    BodyIds(departments): BodyIds<1, 2000>,
) -> Answer {
    let departments = departments.into_iter().map(DepartmentRef::from).collect();
    let (user, directory) = (UserRef::Number(id), &call.services.directory);
    let made = directory.add_user_departments(&call.caller, &user, departments, RULES).await?;
    call.created(dept_keys(&made))
}

pub(crate) async fn replace_of_user(
    call: Call,
    PathId(id): PathId,
    BodyList(body): BodyList<user_bodies::Dept>,
) -> Answer {
    let (user, places) = (UserRef::Number(id), places("[]", &body)?);
    call.services.directory.set_user_departments(&call.caller, &user, places, RULES).await?;
    call.done()
}

pub(crate) async fn delete_of_user(
    call: Call,
    PathId(id): PathId,
    parameters: Parameters,
) -> Answer {
    let departments = parameters.ids("deptIds")?.into_iter().map(DepartmentRef::from).collect();
    let (user, directory) = (UserRef::Number(id), &call.services.directory);
    directory.remove_user_departments(&call.caller, &user, departments).await?;
    call.deleted()
}

pub(crate) async fn list_of_user(call: Call, PathId(id): PathId, parameters: Parameters) -> Answer {
    let List { conditions, listing } = wire::OF_USER.read(&parameters, &call)?;
    let (user, directory) = (UserRef::Number(id), &call.services.directory);
    let page = directory.user_departments(&call.caller, &user, conditions, listing).await?;
    let tenant = call.caller.tenant_context();
    listed(&call, page.map(|view| DeptUser::new(&view, tenant, &call)))
}
