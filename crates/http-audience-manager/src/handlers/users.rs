//! Users.

use actix_web::web::Path;
use citizenry_directory::{Deletion, NewUser, Unknown, UserChanges, UserQuery, UserSort};
use citizenry_http_kit::{Object, StrictJson, StrictQuery};
use citizenry_identity::{Error, Kind, Listing, Start};

use crate::wire::{
    answer::{Answer, created, deleted, shown},
    auth::Call,
    body::{Body, Ids},
    ids::{self, unknown_in},
    paging::{Part, paged},
    stream::streamed,
    users::{CreateUser, CreatedUser, SORTABLE, UpdateUser, User, UserList},
};

/// Users who are not there are refused, and so is whoever would delete himself.
const DELETION: Deletion = Deletion { unknown: Unknown::Refuse, may_delete_self: false };

/// A group of the body that there is not.
fn unknown_group(error: Error) -> Error {
    unknown_in("groups", Kind::Group, error)
}

pub(crate) async fn create(call: Call, StrictJson(Object(body)): Body<CreateUser>) -> Answer {
    let directory = &call.directory;
    let new = NewUser::try_from(body).map_err(unknown_group)?;
    let user = directory.create_user(&call.caller, new).await.map_err(unknown_group)?.user;
    let detail = directory.user_detail(&call.caller, &user.id.into()).await?;
    created(CreatedUser::new(&call, &detail))
}

pub(crate) async fn list(call: Call, StrictQuery(query): StrictQuery<UserList>) -> Answer {
    let (list, query) = query.split();
    let (partner, now) = (call.partner(), call.directory.now());
    let page = async move |query: UserQuery, listing: Listing<UserSort>| {
        let rows = call.directory.user_rows(&call.caller, query, listing).await?;
        Ok(rows.map(|row| User::of_row(partner, now, row)))
    };
    match list.part(SORTABLE)? {
        Part::Page(number, listing) => {
            let size = listing.limit;
            paged(number, size, page(query, listing).await?)
        }
        Part::All(listing) => {
            let first = page(query.clone(), listing.clone()).await?;
            streamed(first, async move |cursor| {
                let listing = Listing { start: Start::After(cursor), ..listing.clone() };
                page(query.clone(), listing).await
            })
        }
    }
}

pub(crate) async fn get(call: Call, user: Path<String>) -> Answer {
    let user = ids::user(&user)?;
    let detail = call.directory.user_detail(&call.caller, &user).await?;
    shown(User::of_detail(&call, &detail))
}

pub(crate) async fn update(
    call: Call,
    user: Path<String>,
    StrictJson(Object(body)): Body<UpdateUser>,
) -> Answer {
    let (user, directory) = (ids::user(&user)?, &call.directory);
    let changes = UserChanges::try_from(body).map_err(unknown_group)?;
    directory.update_user(&call.caller, &user, changes).await.map_err(unknown_group)?;
    let detail = directory.user_detail(&call.caller, &user).await?;
    shown(User::of_detail(&call, &detail))
}

pub(crate) async fn delete(call: Call, user: Path<String>) -> Answer {
    let users = vec![ids::user(&user)?];
    call.directory.delete_users(&call.caller, users, DELETION).await?;
    deleted()
}

pub(crate) async fn bulk_delete(call: Call, StrictJson(Ids(users)): StrictJson<Ids>) -> Answer {
    let users = ids::users(&users)?;
    call.directory.delete_users(&call.caller, users, DELETION).await?;
    deleted()
}
