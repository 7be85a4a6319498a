//! What leaves the server: mails, text messages, and requests to addresses that clients name.

mod address;
mod letters;
mod mail;
mod sms;
mod web;

pub(crate) use letters::write as write_letter;
pub(crate) use mail::mailer;
pub(crate) use sms::sms_sender;
pub(crate) use web::GuardedWeb;
