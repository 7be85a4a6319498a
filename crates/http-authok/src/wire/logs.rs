//! The audit trail on the wire: the vendors' event codes, and three ways to page.

use citizenry_directory::{ByAge, EventView};
use citizenry_http_kit::Refusal;
use citizenry_identity::{
    Cursor, CursorKey, Direction, EventId, EventKind, Id as _, Kind, Listing, Page, SortKey, Start,
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{
    auth::{Call, Prefix},
    ids,
    paging::{each, limited, list_query, refuse_search},
    projection::Projection,
};

list_query! {
    /// The query of the lists of log events.
    LogList {
        /// Cursor form: how many.
        first: Option<u64>,
        /// Cursor form: how many, before a cursor.
        last: Option<u64>,
        /// Cursor form: the event to start after.
        after: Option<String>,
        /// Cursor form: the event to stop before.
        before: Option<String>,
        /// Cursor form: `ASC` or `DESC`.
        order: Option<String>,
        /// Event codes.
        r#type: Vec<String>,
        /// Not supported yet.
        q: Option<String>,
    }
}

/// In which of its forms a list of log events is asked for.
pub(crate) enum LogForm {
    /// Authok's cursors.
    Cursors(Cursors),
    /// Auth0's checkpoints: a bare array, oldest first.
    Checkpoint(Listing<ByAge>, Projection),
    /// Numbered pages.
    Pages(super::paging::Paging<ByAge>),
}

/// Authok's cursor form.
pub(crate) struct Cursors {
    pub(crate) listing: Listing<ByAge>,
    backwards: bool,
    has_cursor: bool,
}

impl LogForm {
    /// What part of the list is wanted.
    pub(crate) fn listing(&self) -> Listing<ByAge> {
        match self {
            Self::Cursors(cursors) => cursors.listing.clone(),
            Self::Checkpoint(listing, _) => listing.clone(),
            Self::Pages(paging) => paging.listing.clone(),
        }
    }
}

impl LogList {
    /// The kinds of events that the codes stand for; `None` for all.
    pub(crate) fn kinds(&self) -> Option<Vec<EventKind>> {
        let codes: Vec<_> = each(&self.r#type).collect();
        let wanted = |kind: &EventKind| codes.iter().any(|asked| matches_code(*kind, asked));
        (!codes.is_empty()).then(|| EventKind::all().filter(wanted).collect())
    }

    /// Chooses the form by what was sent.
    pub(crate) fn form(&self, prefix: Prefix) -> Result<LogForm, Refusal> {
        refuse_search(self.q.as_deref())?;
        let cursors = self.first.is_some()
            || self.last.is_some()
            || self.after.is_some()
            || self.before.is_some()
            || self.order.is_some();
        if cursors {
            self.cursors(prefix).map(LogForm::Cursors)
        } else if self.from.is_some() || self.take.is_some() {
            self.checkpoint()
        } else {
            self.paging(prefix).map(LogForm::Pages)
        }
    }

    fn checkpoint(&self) -> Result<LogForm, Refusal> {
        let from = self.from.as_deref().filter(|from| !from.is_empty());
        let start = match from {
            Some(from) => Start::After(cursor("from", from)?),
            None => Start::Skip(0),
        };
        let limit = limited("take", self.take.unwrap_or(50), Prefix::V2)?;
        let order = vec![SortKey { field: ByAge::CreatedAt, direction: Direction::Ascending }];
        let projection = Projection::new(self.fields.as_deref(), self.include_fields);
        Ok(LogForm::Checkpoint(Listing { order, start, limit, with_total: false }, projection))
    }

    fn cursors(&self, prefix: Prefix) -> Result<Cursors, Refusal> {
        let newest_first = match self.order.as_deref() {
            None | Some("DESC" | "desc") => true,
            Some("ASC" | "asc") => false,
            Some(_) => return Err(refuse("order", "must be ASC or DESC")),
        };
        let (start, backwards) = match (&self.after, &self.before) {
            (Some(_), Some(_)) => return Err(refuse("before", "does not go with after")),
            (Some(after), None) => (Start::After(cursor("after", after)?), false),
            (None, Some(before)) => (Start::After(cursor("before", before)?), true),
            (None, None) => (Start::Skip(0), self.last.is_some()),
        };
        let (name, length) = match (self.first, self.last) {
            (Some(_), Some(_)) => return Err(refuse("last", "does not go with first")),
            (None, Some(last)) => ("last", last),
            (first, None) => ("first", first.unwrap_or(100)),
        };
        let direction =
            if newest_first == backwards { Direction::Ascending } else { Direction::Descending };
        let order = vec![SortKey { field: ByAge::CreatedAt, direction }];
        let limit = limited(name, length, prefix)?;
        let has_cursor = matches!(start, Start::After(_));
        let listing = Listing { order, start, limit, with_total: false };
        Ok(Cursors { listing, backwards, has_cursor })
    }
}

fn refuse(field: &str, reason: &str) -> Refusal {
    Refusal::query(Some(field.to_owned()), reason)
}

/// An event's id as a cursor: events are listed in the order of their ids.
fn cursor(field: &str, id: &str) -> Result<Cursor, Refusal> {
    match id.parse::<EventId>() {
        Ok(id) => Ok(Cursor { key: CursorKey::None, id: id.ulid() }),
        Err(_unreadable) => Err(refuse(field, "is not the id of a log event")),
    }
}

/// A part of the list in Authok's cursor form.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CursorResult {
    data: Vec<Edge>,
    has_next_page: bool,
    has_previous_page: bool,
    start_cursor: Option<String>,
    end_cursor: Option<String>,
}

/// An event and its cursor.
#[derive(Debug, Serialize, ToSchema)]
struct Edge {
    cursor: String,
    node: LogEvent,
}

impl CursorResult {
    /// The part of the list that `cursors` asked for.
    pub(crate) fn new(call: &Call, cursors: &Cursors, page: Page<EventView>) -> Self {
        let more = page.next.is_some();
        let nodes = page.items.into_iter().map(|view| LogEvent::new(call, view));
        let mut data: Vec<_> = nodes.map(|node| Edge { cursor: node.id.clone(), node }).collect();
        if cursors.backwards {
            data.reverse();
        }
        let (has_next_page, has_previous_page) =
            if cursors.backwards { (cursors.has_cursor, more) } else { (more, cursors.has_cursor) };
        let start_cursor = data.first().map(|edge| edge.cursor.clone());
        let end_cursor = data.last().map(|edge| edge.cursor.clone());
        Self { data, has_next_page, has_previous_page, start_cursor, end_cursor }
    }
}

/// A log event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogEvent {
    id: String,
    #[serde(rename = "_id")]
    underscored_id: String,
    log_id: String,
    date: String,
    /// The code.
    r#type: &'static str,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_name: Option<String>,
    ip: String,
    hostname: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    user_agent: String,
    /// What was done and to what, in our own words.
    #[schema(value_type = Object)]
    details: Map<String, Value>,
}

impl LogEvent {
    /// The event as `call` is to see it.
    pub(crate) fn new(call: &Call, view: EventView) -> Self {
        let event = view.event;
        let id = event.id.to_string();
        let target = ids::show(event.target.kind, &event.target.id);
        let mut details = event.details;
        details.insert("event".to_owned(), event.kind.as_str().into());
        let kind = event.target.kind.as_str();
        details.insert("target".to_owned(), json!({ "kind": kind, "id": target }));
        if let Some(request) = event.origin.request_id {
            details.insert("request_id".to_owned(), request.into());
        }
        let (client_id, client_name) = view
            .client
            .map(|client| (client.identifier.to_string(), client.name.into_string()))
            .unzip();
        Self {
            underscored_id: id.clone(),
            log_id: id.clone(),
            id,
            date: call.time(event.at),
            r#type: code(event.kind),
            description: description(event.kind, event.target.kind),
            client_id,
            client_name,
            ip: event.origin.ip.map(|ip| ip.to_string()).unwrap_or_default(),
            hostname: String::new(),
            user_id: view.user_subject,
            user_agent: event.origin.user_agent.unwrap_or_default(),
            details,
        }
    }
}

/// The vendors' code of a kind of events: what the management API did is `sapi` where they have no
/// code of its own.
fn code(kind: EventKind) -> &'static str {
    if kind == EventKind::USER_DELETED {
        "sdu"
    } else if kind == EventKind::USER_PASSWORD_CHANGED {
        "scp"
    } else {
        "sapi"
    }
}

/// Whether a list of events of the code `asked` holds events of `kind`; `du` is another word for
/// `sdu`.
fn matches_code(kind: EventKind, asked: &str) -> bool {
    code(kind) == if asked == "du" { "sdu" } else { asked }
}

/// `Deleted the user`, from `user.deleted`.
fn description(event: EventKind, target: Kind) -> String {
    let noun = target.as_str().replace('_', " ");
    let done = event.as_str().rsplit_once('.').map_or("", |(_, done)| done);
    match done.rsplit_once('_') {
        Some((part, "added")) => format!("Added {part} to the {noun}"),
        Some((part, "removed")) => format!("Removed {part} from the {noun}"),
        Some((part, done)) => format!("{} the {part} of the {noun}", capitalized(done)),
        None => format!("{} the {noun}", capitalized(done)),
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_vendors() {
        let kinds = |codes: &str| {
            let list = LogList { r#type: vec![codes.to_owned()], ..LogList::default() };
            list.kinds()
        };
        assert_eq!(kinds("du"), Some(vec![EventKind::USER_DELETED]));
        assert_eq!(kinds("scp,sdu").map(|kinds| kinds.len()), Some(2));
        assert_eq!(kinds("fu"), Some(Vec::new()));
        assert_eq!(kinds(""), None);
    }

    #[test]
    fn descriptions_are_sentences() {
        let said = |kind, target| description(kind, target);
        assert_eq!(said(EventKind::USER_DELETED, Kind::User), "Deleted the user");
        assert_eq!(said(EventKind::USER_ROLES_ADDED, Kind::User), "Added roles to the user");
        assert_eq!(
            said(EventKind::CLIENT_SECRET_ROTATED, Kind::Client),
            "Rotated the secret of the client"
        );
    }

    #[test]
    fn walking_back_turns_the_order_round() {
        let direction = |list: LogList| match list.form(Prefix::V1) {
            Ok(LogForm::Cursors(cursors)) => cursors.listing.order.first().map(|key| key.direction),
            _ => None,
        };
        let before = Some("01j00000000000000000000001".to_owned());
        let list = LogList { before: before.clone(), ..LogList::default() };
        assert_eq!(direction(list), Some(Direction::Ascending));
        let order = Some("ASC".to_owned());
        let list = LogList { before, order, ..LogList::default() };
        assert_eq!(direction(list), Some(Direction::Descending));
        let list = LogList { first: Some(1), ..LogList::default() };
        assert_eq!(direction(list), Some(Direction::Descending));
    }
}
