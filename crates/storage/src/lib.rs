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
mod attempts;
mod condition;
mod error;
mod links;
mod new_password;
mod outgoing;
pub mod ports;
mod remembered;
pub mod sealing;
mod search;
mod services;
mod tickets;
pub mod tokens;
mod tx;
mod unit_of_work;

pub use access::{end_access, end_browser_sessions, end_session, replace_password};
pub use attempts::{address_key, attempt_key, count_attempt, refused_for};
pub use condition::{Condition, Conditions, Field, Search, Test, Value, ValueKind};
pub use error::{Result, Source, StorageError};
pub use links::Links;
pub use new_password::{
    MAX_PASSWORD_BYTES, generate_password, password_policy, password_violations, passwords_to_keep,
    refused_hashes, refused_password,
};
pub use outgoing::{
    Document, ImportFigures, LogoutNotice, MailKind, MailOrder, Mailer, OutgoingError,
    RenderedMail, SmsOrder, SmsSender, WebClient, order_logout, order_mail, order_sms,
};
pub use remembered::{Generation, Remembered};
pub use search::{
    Access, Candidates, IdentityField, MetadataTest, Pattern, SearchTest, UserSearch,
    begins_a_word, digits, domain_key, text_key,
};
pub use services::{
    Environment, GivenHash, NoWeb, PasswordHasher, PasswordRules, Sealer, Verification,
};
pub use tickets::{
    TicketMail, TicketMailKind, locale_of, mail_ticket, new_ticket, redeem_proof, was_mailed_to,
};
pub use tx::{Read, Tx};
pub use unit_of_work::{Backend, ReadUnit, Savepoints, Storage, Unit, Verdict, Work};
