//! Ports: what use cases ask of a database and of outside services, without a word of SQL.
//!
//! One trait an aggregate ([`ports`]), a unit of work as a closure ([`Storage::transact`]), the
//! errors that a port may answer ([`StorageError`]), and the services that the binary hands in
//! ([`Environment`]).
//!
//! Place in the picture: builds on `identity`; the use cases build on it, and `persistence`
//! implements it.
#![deny(missing_docs)]

mod access;
mod error;
mod outgoing;
pub mod ports;
pub mod sealing;
mod services;
mod tx;
mod unit_of_work;

pub use access::{end_access, end_session, replace_password};
pub use error::{Result, Source, StorageError};
pub use outgoing::{
    Document, LogoutNotice, MailKind, MailOrder, Mailer, OutgoingError, RenderedMail, SmsOrder,
    SmsSender, WebClient, order_logout, order_mail, order_sms,
};
pub use services::{Environment, PasswordHasher, PasswordRules, Sealer, Verification};
pub use tx::{Read, Tx};
pub use unit_of_work::{Backend, ReadUnit, Savepoints, Storage, Unit, Verdict, Work};
