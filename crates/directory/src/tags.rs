//! Tags: create, find, rename, delete; what they are on.

mod change;
mod create;
mod delete;
mod links;
mod read;
mod target;
mod targets;
mod view;

pub use change::rename;
pub use create::create;
pub use delete::delete;
pub use links::TagLinkItem;
pub(crate) use target::set_of_target;
pub use target::{add, remove, replace};
pub use targets::{add_targets, remove_targets};
pub use view::TagView;
