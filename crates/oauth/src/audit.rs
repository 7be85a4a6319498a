//! Audit events of what users do by themselves, without a caller of the management API.

use citizenry_identity::{Actor, Event, EventId, EventKind, Id, Moment, Origin, Target, User};
use serde_json::Map;

/// The event that `user` did something to `target`.
pub(crate) fn by_user<I: Id>(
    user: &User,
    moment: &Moment,
    kind: EventKind,
    target: I,
    origin: &Origin,
) -> Event {
    Event {
        id: EventId::generate(moment),
        tenant: user.tenant,
        at: moment.now(),
        kind,
        actor: Actor::User(user.id),
        target: Target { kind: I::KIND, id: target.to_string() },
        origin: origin.clone(),
        details: Map::new(),
    }
}
