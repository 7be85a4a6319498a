//! The settings: one file a section, one row a setting.

mod database;
mod doors;
mod limits;
mod logging;
mod mail;
mod metrics;
mod outgoing;
mod security;
mod server;
mod sign_in;
mod sms;
mod tenancy;
mod tls;

pub use database::Database;
pub use doors::Doors;
pub use limits::Limits;
pub use logging::Logging;
pub use mail::Mail;
pub use metrics::Metrics;
pub use outgoing::Outgoing;
pub use security::Security;
pub use server::Server;
pub use sign_in::SignIn;
pub use sms::Sms;
pub use tenancy::Tenancy;
pub use tls::Tls;

use crate::section::{Section, Setting};

/// The effective configuration.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    /// `[server]`.
    pub server: Server,
    /// `[tls]`.
    pub tls: Tls,
    /// `[database]`.
    pub database: Database,
    /// `[security]`.
    pub security: Security,
    /// `[logging]`.
    pub logging: Logging,
    /// `[metrics]`.
    pub metrics: Metrics,
    /// `[limits]`.
    pub limits: Limits,
    /// `[tenancy]`.
    pub tenancy: Tenancy,
    /// `[doors]`.
    pub doors: Doors,
    /// `[sign_in]`.
    pub sign_in: SignIn,
    /// `[mail]`.
    pub mail: Mail,
    /// `[sms]`.
    pub sms: Sms,
    /// `[outgoing]`.
    pub outgoing: Outgoing,
}

/// All sections, in the order of the reference.
pub(crate) const SECTIONS: [Section; 13] = [
    Server::TABLE,
    Tls::TABLE,
    Database::TABLE,
    Security::TABLE,
    Logging::TABLE,
    Metrics::TABLE,
    Limits::TABLE,
    Tenancy::TABLE,
    Doors::TABLE,
    SignIn::TABLE,
    Mail::TABLE,
    Sms::TABLE,
    Outgoing::TABLE,
];

/// All settings, in the order of the reference.
pub(crate) fn settings() -> impl Iterator<Item = &'static Setting> {
    SECTIONS.iter().flat_map(|section| section.settings)
}

/// The setting of a key.
pub(crate) fn find(key: &str) -> Option<&'static Setting> {
    settings().find(|setting| setting.key == key)
}

impl Configuration {
    /// What each section finds wrong with its own values: (key, message).
    pub(crate) fn faults(&self) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        self.server.validate(&mut faults);
        self.tls.validate(&mut faults);
        self.database.validate(&mut faults);
        self.tenancy.validate(&mut faults);
        self.doors.validate(&mut faults);
        self.sign_in.validate(&mut faults);
        self.mail.validate(&mut faults);
        faults
    }
}
