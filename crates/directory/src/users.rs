//! Users: create, find, change, lock, delete, link and unlink.

mod administrator;
mod by_identity;
mod change;
mod create;
mod delete;
mod detail;
mod enable;
mod first_password;
mod link;
mod links;
mod lock;
mod new_password;
mod own;
mod permissions;
mod read;
mod reference;
mod roles;
mod set_password;
mod sign_up;
mod sign_up_by_code;
mod technical;
mod unlink;
mod verification;
mod view;

pub use administrator::set_administrator;
pub use by_identity::{NewIdentity, create_by_identity};
pub use change::{MetadataChange, UserChanges, update};
pub use create::{NewUser, create};
pub use delete::{Deletion, LoginKey, delete, delete_many, delete_of_connection};
pub(crate) use delete::{existing, remove_all};
pub use detail::{PasswordFacts, UserDetail, UserPlace, UserRow};
pub use enable::set_enabled;
pub use first_password::FirstPassword;
pub use link::{IdentitySelector, link};
pub use links::UserLinks;
pub use lock::{LockDates, lift_lock, lock, lock_between, unlock};
pub use new_password::NewPassword;
pub use own::OwnChanges;
pub use permissions::{SourceView, UserPermission, add_permissions, remove_permissions};
pub use read::UserQuery;
pub use reference::UserRef;
pub(crate) use reference::find_for_update as find_user_for_update;
pub(crate) use reference::{find as find_user, find_id as find_user_id};
pub use roles::{add_roles, remove_roles};
pub use sign_up::{SignUp, SignUpError};
pub use sign_up_by_code::SignUpByCode;
pub use unlink::unlink;
pub(crate) use verification::Mailing;
pub use view::UserView;
pub(crate) use view::{KnownConnections, view_all};

use citizenry_authz::Caller;
use citizenry_identity::{Event, EventKind, Moment, User};
use serde_json::Value;

/// The audit event of something done to `user`. It keeps the subject, since dialects know users by
/// it and the user may be gone when the event is read.
pub(crate) fn event(caller: &Caller, moment: &Moment, kind: EventKind, user: &User) -> Event {
    caller.event_with(moment, kind, user.id, ("subject", Value::from(user.subject.as_str())))
}

/// As [`event`], with the names of what was changed or the identifiers of what was assigned.
pub(crate) fn event_with(
    caller: &Caller,
    moment: &Moment,
    kind: EventKind,
    user: &User,
    detail: (&str, Vec<String>),
) -> Event {
    let mut event = event(caller, moment, kind, user);
    event.details.insert(detail.0.to_owned(), Value::from(detail.1));
    event
}
