//! The door of Audience Manager.
#![deny(missing_docs)]
