//! Users.

use citizenry_directory::{Deletion, Unknown, UserQuery, UserRef};
use citizenry_http_kit::RequestContext;
use citizenry_identity::Number;
use serde_json::json;

use crate::wire::{
    answer::{Answer, Answers as _},
    auth::Call,
    body::{Body, BodyList},
    ids::PathId,
    paging::{List, ListShape, listed},
    parameters::Parameters,
    user_bodies::{EnabledBody, LockBody, SysAdminBody, UserBody},
    users::{self, Administrator, Detail, User, id_key},
};

pub(crate) async fn add(call: Call, context: RequestContext, Body(body): Body<UserBody>) -> Answer {
    let new = body.new_user(&call.caller, &context.moment())?;
    let view = call.services.directory.create_user(&call.caller, new).await?;
    call.created(id_key(&view.user))
}

pub(crate) async fn replace(
    call: Call,
    context: RequestContext,
    Body(body): Body<UserBody>,
) -> Answer {
    let directory = &call.services.directory;
    let view = match body.replaced() {
        None => {
            let new = body.new_user(&call.caller, &context.moment())?;
            directory.create_user(&call.caller, new).await?
        }
        Some(user) => {
            let changes = body.replacement(&call.caller)?;
            directory.update_user(&call.caller, &user, changes).await?
        }
    };
    call.shown(id_key(&view.user))
}

pub(crate) async fn update(call: Call, Body(body): Body<UserBody>) -> Answer {
    let (user, changes) = (body.changed()?, body.changes(&call.caller)?);
    call.services.directory.update_user(&call.caller, &user, changes).await?;
    call.done()
}

pub(crate) async fn delete(call: Call, parameters: Parameters) -> Answer {
    let users = parameters.ids("ids")?.into_iter().map(UserRef::Number).collect();
    let rules = Deletion { unknown: Unknown::RefuseIfAll, ..Deletion::default() };
    call.services.directory.delete_users(&call.caller, users, rules).await?;
    call.deleted()
}

pub(crate) async fn list(call: Call, parameters: Parameters) -> Answer {
    rows(&call, &parameters, users::LIST).await
}

pub(crate) async fn search(call: Call, parameters: Parameters) -> Answer {
    rows(&call, &parameters, users::SEARCH).await
}

async fn rows(
    call: &Call,
    parameters: &Parameters,
    shape: ListShape<citizenry_directory::UserField, citizenry_directory::UserSort>,
) -> Answer {
    let List { conditions, listing } = shape.read(parameters, call)?;
    let query = UserQuery { conditions, ..UserQuery::default() };
    let page = call.services.directory.user_rows(&call.caller, query, listing).await?;
    let tenant = call.caller.tenant_context();
    listed(call, page.try_map(|row| User::of_row(&row, tenant, call))?)
}

pub(crate) async fn get(call: Call, PathId(id): PathId) -> Answer {
    let detail = call.services.directory.user_detail(&call.caller, &UserRef::Number(id)).await?;
    call.shown(Detail::new(&detail, &call)?)
}

pub(crate) async fn administrators(call: Call) -> Answer {
    let users = call.services.directory.able_administrators(&call.caller).await?;
    let row = |(index, user)| Administrator::new(user, index == 0, &call);
    call.shown(users.iter().enumerate().map(row).collect::<Vec<_>>())
}

pub(crate) async fn set_administrator(call: Call, Body(body): Body<SysAdminBody>) -> Answer {
    let (user, is_administrator) = body.read()?;
    call.services.directory.set_administrator(&call.caller, &user, is_administrator).await?;
    call.done()
}

pub(crate) async fn lock(call: Call, Body(body): Body<LockBody>) -> Answer {
    let (user, dates) = (body.user()?, body.dates(call.voice().zone())?);
    let directory = &call.services.directory;
    match dates {
        Some(dates) => directory.lock_user_between(&call.caller, &user, dates).await?,
        None => directory.unlock_user(&call.caller, &user).await?,
    };
    call.done()
}

pub(crate) async fn enable(call: Call, BodyList(body): BodyList<EnabledBody>) -> Answer {
    let users = EnabledBody::users(&body)?;
    call.services.directory.set_users_enabled(&call.caller, users).await?;
    call.done()
}

pub(crate) async fn check_username(call: Call, parameters: Parameters) -> Answer {
    let username = parameters.required("username", 100)?;
    let owner = call.services.directory.username_owner(&call.caller, username).await?;
    call.shown(json!({ "username": username, "userId": owner.map(Number::get) }))
}
