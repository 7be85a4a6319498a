//! Who is asking, and may he: callers, permissions, and the one decision.
//!
//! A door turns its credentials into a [`Caller`]; a use case asks [`Caller::may`] before anything
//! else. The table of roles, actions and resources that [`policy_table`] prints stands in a golden file.
//!
//! Place in the picture: builds on `identity` alone; the use cases and the doors build on it.
//!
//! ```
//! use citizenry_authz::{Action, Permissions, Resource};
//! use citizenry_identity::ManagementPermission;
//!
//! let needed = Action::Create.needed_for(Resource::User).expect("a permission opens it");
//! assert_eq!(needed.as_str(), "create:users");
//! assert!(Permissions::all().holds(needed));
//! assert!(!Permissions::none().holds(needed));
//! ```
#![deny(missing_docs)]

mod caller;
mod decision;
mod effective;
mod permissions;
mod policy;
mod standing;

pub use caller::{Caller, CallerTenant, Credential, Subject};
pub use decision::{Action, Resource};
pub use effective::{EffectivePermissions, Granted, RoleAssignment};
pub use permissions::Permissions;
pub use policy::policy_table;
