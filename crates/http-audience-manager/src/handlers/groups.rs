//! Groups.

use actix_web::web::Path;
use citizenry_directory::{
    Conditions, DialectRules, GroupField, GroupInclude, GroupView, NewGroup, NumberedSort, Unknown,
};
use citizenry_http_kit::{Object, StrictJson, StrictQuery};
use citizenry_identity::{Error, Kind, Listing, Start};

use crate::wire::{
    answer::{Answer, created, deleted, shown},
    auth::Call,
    body::{Body, Ids},
    groups::{Group, GroupBody, SORTABLE, conditions},
    ids::{self, unknown_in},
    paging::{ListQuery, Part, paged},
    stream::streamed,
};

/// The rules of this dialect: none beside everybody's.
const RULES: DialectRules =
    DialectRules { quotas: false, refuse_disabled_groups: false, one_head: false };

/// A user of the body whom there is not.
fn unknown_user(error: Error) -> Error {
    unknown_in("users", Kind::User, error)
}

/// A group is shown with its users.
const MEMBERS: GroupInclude = GroupInclude { members: true, tags: false };

/// The one group that a use case has made or changed.
fn only(call: &Call, views: Vec<GroupView>) -> Result<Group, Error> {
    let view = views.into_iter().next().ok_or_else(|| Error::internal("a group was lost"))?;
    Ok(Group::of_partner(call.partner(), view))
}

pub(crate) async fn create(call: Call, StrictJson(Object(body)): Body<GroupBody>) -> Answer {
    let new = vec![NewGroup::try_from(body).map_err(unknown_user)?];
    let made = call.directory.create_groups(&call.caller, new, RULES).await;
    created(only(&call, made.map_err(unknown_user)?)?)
}

pub(crate) async fn list(call: Call, StrictQuery(query): StrictQuery<ListQuery>) -> Answer {
    let partner = call.partner();
    let conditions = conditions(&query);
    let page = async move |wanted: Conditions<GroupField>, listing: Listing<NumberedSort>| {
        let directory = &call.directory;
        let views = directory.groups(&call.caller, wanted, listing, MEMBERS).await?;
        Ok(views.map(|view| Group::of_partner(partner, view)))
    };
    match query.part(SORTABLE)? {
        Part::Page(number, listing) => {
            let size = listing.limit;
            paged(number, size, page(conditions, listing).await?)
        }
        Part::All(listing) => {
            let first = page(conditions.clone(), listing.clone()).await?;
            streamed(first, async move |cursor| {
                let listing = Listing { start: Start::After(cursor), ..listing.clone() };
                page(conditions.clone(), listing).await
            })
        }
    }
}

pub(crate) async fn get(call: Call, group: Path<String>) -> Answer {
    let view = call.directory.group(&call.caller, &ids::group(&group)?, MEMBERS).await?;
    shown(Group::of_partner(call.partner(), view))
}

pub(crate) async fn update(
    call: Call,
    group: Path<String>,
    StrictJson(Object(body)): Body<GroupBody>,
) -> Answer {
    let group = ids::group(&group)?;
    let changes = vec![body.changes(group).map_err(unknown_user)?];
    let changed = call.directory.update_groups(&call.caller, changes, RULES).await;
    shown(only(&call, changed.map_err(unknown_user)?)?)
}

pub(crate) async fn delete(call: Call, group: Path<String>) -> Answer {
    let groups = vec![ids::group(&group)?];
    call.directory.delete_groups(&call.caller, groups, Unknown::Refuse).await?;
    deleted()
}

pub(crate) async fn bulk_delete(call: Call, StrictJson(Ids(groups)): StrictJson<Ids>) -> Answer {
    let groups = ids::groups(&groups)?;
    call.directory.delete_groups(&call.caller, groups, Unknown::Refuse).await?;
    deleted()
}
