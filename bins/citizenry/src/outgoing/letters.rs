//! Mails, written from their orders.

use citizenry_http_oidc::branding;
use citizenry_http_oidc::pages::Locale;
use citizenry_http_oidc::pages::mail::{
    ImportCompleted, Mail, OneTimeCode, PasswordChanged, Reset, TemporaryPassword, Verification,
};
use citizenry_identity::{Tenant, Timestamp};
use citizenry_storage::{ImportFigures, MailKind, MailOrder};
use time::macros::format_description;

/// The mail that was ordered at `at`, in the look of its tenant.
pub(crate) fn write(order: &MailOrder, tenant: &Tenant, locale: Locale, at: Timestamp) -> Mail {
    let branding = branding(tenant);
    let name = order.name.as_deref();
    let link = order.link.as_deref().unwrap_or_default();
    let valid_seconds = order.valid_seconds.unwrap_or_default().into();
    let secret = order.secret.as_deref().unwrap_or_default();
    match order.kind {
        MailKind::OneTimeCode => {
            OneTimeCode { name, email: &order.to, code: secret, valid_seconds }
                .render(locale, &branding)
        }
        MailKind::TemporaryPassword => {
            TemporaryPassword { name, account: &order.to, password: secret, valid_seconds }
                .render(locale, &branding)
        }
        MailKind::PasswordReset => {
            Reset { name, account: &order.to, link, valid_seconds }.render(locale, &branding)
        }
        MailKind::EmailVerification => {
            Verification { name, email: &order.to, link, valid_seconds }.render(locale, &branding)
        }
        MailKind::ImportCompleted(figures) => {
            let ImportFigures { inserted, updated, failed } = figures;
            let time = minute(at, tenant);
            ImportCompleted { name, time: &time, inserted, updated, failed }
                .render(locale, &branding)
        }
        MailKind::PasswordChanged => {
            let time = minute(at, tenant);
            let reset_link = order.link.as_deref();
            PasswordChanged { name, account: &order.to, time: &time, reset_link }
                .render(locale, &branding)
        }
    }
}

/// A point in time to the minute in the tenant's time zone, which is named.
fn minute(at: Timestamp, tenant: &Tenant) -> String {
    let zone = tenant.time_zone();
    let local = zone.local(at);
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]");
    let text = local.format(&format).unwrap_or_else(|_unprintable| at.to_string());
    format!("{text} ({})", tenant.settings.time_zone)
}
