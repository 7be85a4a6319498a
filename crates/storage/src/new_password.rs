//! Judging a new password: shared by every use case that sets one, before its unit of work.

use citizenry_identity::{
    Connection, Error, PasswordHash, PasswordPolicy, PasswordRule, Tenant, TenantId, UserId,
};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{Environment, Read};

mod generated;

pub use generated::generate_password;

/// The most bytes that a password may have: what the longest policy lets through.
pub const MAX_PASSWORD_BYTES: usize = 4 * 1_024;

/// What new passwords of a connection's users must be like: what the tenant asks and what the
/// connection asks.
///
/// # Errors
/// `Invalid` when the connection's options do not read as a policy.
pub fn password_policy(tenant: &Tenant, connection: &Connection) -> Result<PasswordPolicy, Error> {
    let policy = tenant.settings.password_policy.clone();
    let options = serde_json::Value::Object(connection.options.as_object().clone());
    Ok(match PasswordPolicy::from_connection_options(&options)? {
        Some(own) => policy.and(own),
        None => policy,
    })
}

/// How many of a user's former passwords are kept under a policy; the present one counts too.
pub fn passwords_to_keep(policy: &PasswordPolicy) -> u32 {
    u32::from(policy.history.saturating_sub(1))
}

/// The hashes of the passwords that a user may not take again: the present one and those before.
///
/// # Errors
/// Those of the ports.
pub async fn refused_hashes(
    read: &mut dyn Read,
    tenant: TenantId,
    user: UserId,
    policy: &PasswordPolicy,
) -> Result<Vec<PasswordHash>, Error> {
    if policy.history == 0 {
        return Ok(Vec::new());
    }
    let present = read.passwords().find(tenant, user).await?;
    let mut hashes: Vec<_> = present.into_iter().map(|password| password.hash).collect();
    let keep = passwords_to_keep(policy);
    if keep > 0 {
        hashes.extend(read.passwords().history(tenant, user, keep).await?);
    }
    Ok(hashes)
}

/// The rules of `policy` that a new password breaks; `refused` comes from [`refused_hashes`].
///
/// # Errors
/// `Invalid` on `password` when it is too long to be looked at; `Unavailable` when too many
/// passwords wait to be hashed.
pub async fn password_violations(
    environment: &Environment,
    policy: &PasswordPolicy,
    password: &SecretString,
    personal: &[String],
    refused: &[PasswordHash],
) -> Result<Vec<PasswordRule>, Error> {
    if password.expose_secret().len() > MAX_PASSWORD_BYTES {
        let reason = format!("must be at most {MAX_PASSWORD_BYTES} bytes long");
        return Err(Error::invalid("password", reason));
    }
    let mut broken = environment.password_rules.violations(policy, password, personal).await?;
    if !broken.is_empty() {
        // It is refused in any case: the dear comparison can wait until it is otherwise good.
        return Ok(broken);
    }
    for hash in refused {
        match environment.passwords.verify(password, hash).await {
            Ok(verification) if verification.is_correct() => {
                broken.push(PasswordRule::NotRecent(policy.history));
                break;
            }
            Ok(_) => {}
            Err(Error::Unavailable) => return Err(Error::Unavailable),
            // A hash that nobody can read keeps nobody from a new password.
            Err(_unreadable) => {}
        }
    }
    Ok(broken)
}

/// What to answer to an administrator whose password for somebody breaks these rules.
pub fn refused_password(broken: &[PasswordRule]) -> Error {
    let rules: Vec<_> = broken.iter().map(ToString::to_string).collect();
    Error::invalid("password", format!("must satisfy the password policy: {}", rules.join("; ")))
}
