//! The door of AngusGM.
#![deny(missing_docs)]
