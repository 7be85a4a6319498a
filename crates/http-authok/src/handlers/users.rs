//! Users and their identities.

use actix_web::web::Path;
use citizenry_directory::{ByAge, Deletion};
use citizenry_http_kit::StrictQuery;
use citizenry_identity::{Error, Kind, Strategy};

use crate::wire::{
    answer::Answer,
    auth::Call,
    body::Body,
    error::not_created,
    ids,
    paging::PlainList,
    projection::{OneQuery, Projection},
    search::of_search,
    user_bodies::{
        CreateUser, CreateUserByIdentity, EmailQuery, LinkUser, UpdateUser, UserIdsBody, UserList,
    },
    users::{User, identities},
};

pub(crate) async fn create(call: Call, Body(body): Body<CreateUser>) -> Answer {
    let user = body.new_user(&call.caller)?;
    match call.directory.create_user(&call.caller, user).await {
        Ok(view) => call.created(User::new(&call, view)?),
        Err(error) => not_created(call.prefix, error),
    }
}

pub(crate) async fn create_by_identity(
    call: Call,
    Body(body): Body<CreateUserByIdentity>,
) -> Answer {
    match call.directory.create_user_by_identity(&call.caller, body.try_into()?).await {
        Ok(view) => call.created(User::new(&call, view)?),
        Err(error) => not_created(call.prefix, error),
    }
}

pub(crate) async fn list(call: Call, StrictQuery(mut query): StrictQuery<UserList>) -> Answer {
    let paging = query.paging(call.prefix)?;
    let filter = query.filter(call.directory.now())?;
    let listed = call.directory.users(&call.caller, filter, paging.listing.clone()).await;
    let page = listed.map_err(of_search)?;
    call.listed(&paging, "users", page.try_map(|view| User::new(&call, view))?)
}

pub(crate) async fn by_email(call: Call, StrictQuery(query): StrictQuery<EmailQuery>) -> Answer {
    let projection = Projection::new(query.fields.as_deref(), query.include_fields);
    let found = call.directory.users_by_email(&call.caller, &query.email).await?;
    let users = found.into_iter().map(|view| User::new(&call, view));
    let users = users.collect::<Result<Vec<_>, _>>()?;
    let shown: Vec<_> = users.iter().map(|user| projection.of(user)).collect();
    call.shown(shown)
}

pub(crate) async fn by_provider(
    call: Call,
    path: Path<(String, String)>,
    StrictQuery(query): StrictQuery<OneQuery>,
) -> Answer {
    let (provider, id) = path.into_inner();
    let unknown = |_illegal| Error::not_found(Kind::User, format!("{provider}|{id}"));
    let strategy = Strategy::parse(&provider).map_err(unknown)?;
    let view = call.directory.user_by_identity(&call.caller, &strategy, &id).await?;
    call.projected(User::new(&call, view)?, &query.projection())
}

pub(crate) async fn get(
    call: Call,
    user: Path<String>,
    StrictQuery(query): StrictQuery<OneQuery>,
) -> Answer {
    let view = call.directory.user(&call.caller, &ids::user(&user)).await?;
    call.projected(User::new(&call, view)?, &query.projection())
}

pub(crate) async fn update(call: Call, user: Path<String>, Body(body): Body<UpdateUser>) -> Answer {
    let changes = body.changes(&call.caller, call.prefix)?;
    let view = call.directory.update_user(&call.caller, &ids::user(&user), changes).await?;
    call.shown(User::new(&call, view)?)
}

pub(crate) async fn delete(call: Call, user: Path<String>) -> Answer {
    call.directory.delete_user(&call.caller, &ids::user(&user)).await?;
    call.done()
}

pub(crate) async fn delete_batch(call: Call, Body(body): Body<UserIdsBody>) -> Answer {
    let users = body.user_ids.iter().map(|user| ids::user(user)).collect();
    call.directory.delete_users(&call.caller, users, Deletion::default()).await?;
    call.done()
}

pub(crate) async fn link(call: Call, user: Path<String>, Body(body): Body<LinkUser>) -> Answer {
    let (primary, (secondary, selector)) = (ids::user(&user), body.secondary()?);
    let linked = call.directory.link_user(&call.caller, &primary, &secondary, selector).await?;
    call.created(identities(&call, &linked)?)
}

pub(crate) async fn unlink(call: Call, path: Path<(String, String, String)>) -> Answer {
    let (user, source, id) = path.into_inner();
    let user = ids::user(&user);
    let unlinked = call.directory.unlink_user(&call.caller, &user, &source, &id).await?;
    call.shown(identities(&call, &unlinked)?)
}

pub(crate) async fn organizations(
    call: Call,
    user: Path<String>,
    StrictQuery(query): StrictQuery<PlainList>,
) -> Answer {
    let paging = query.paging::<ByAge>(call.prefix)?;
    let page = call.directory.user_organizations(&call.caller, &ids::user(&user)).await?;
    if !paging.include_totals {
        return call.shown(page.items.into_iter().map(nothing).collect::<Vec<()>>());
    }
    call.listed(&paging, "organizations", page.map(nothing))
}

pub(crate) async fn grants(
    call: Call,
    user: Path<String>,
    StrictQuery(query): StrictQuery<PlainList>,
) -> Answer {
    let paging = query.paging::<ByAge>(call.prefix)?;
    let page = call.directory.user_grants(&call.caller, &ids::user(&user)).await?;
    call.listed(&paging, "grants", page.map(nothing))
}

/// What cannot be, written.
fn nothing(impossible: std::convert::Infallible) {
    match impossible {}
}
