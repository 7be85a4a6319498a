//! Counting attempts: shared by every use case that strangers can call.

use std::net::{IpAddr, Ipv6Addr};

use citizenry_identity::{AttemptRule, FailedAttempts, TenantId, Timestamp};

use crate::{Result, Sealer, Tx, ports::ReadAttempts, sealing};

/// The key that `what` is counted under: it names the thing and what is tried with it
/// (`account:<user id>`), and cannot be read back.
pub fn attempt_key(sealer: &dyn Sealer, what: &str) -> [u8; 32] {
    sealer.keyed_hash(sealing::ATTEMPTS, what.as_bytes())
}

/// The key that attempts of one kind from one address are counted under. An IPv6 address counts
/// with its /64, which is what one household or machine is given.
pub fn address_key(sealer: &dyn Sealer, purpose: &str, address: IpAddr) -> [u8; 32] {
    let network = match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string()
        }
    };
    attempt_key(sealer, &format!("{purpose}:{network}"))
}

/// For how many seconds attempts under that key are refused at `now`; `None` if they are not.
///
/// # Errors
/// Those of the port.
pub async fn refused_for(
    attempts: &mut dyn ReadAttempts,
    tenant: TenantId,
    key: &[u8; 32],
    now: Timestamp,
) -> Result<Option<i64>> {
    let counter = attempts.find(tenant, key).await?;
    Ok(counter.and_then(|counter| counter.retry_after(now)))
}

/// Counts an attempt under that key.
///
/// # Errors
/// Those of the port.
pub async fn count_attempt(
    tx: &mut dyn Tx,
    tenant: TenantId,
    key: &[u8; 32],
    rule: &AttemptRule,
    now: Timestamp,
) -> Result<FailedAttempts> {
    let found = tx.attempts().find_for_update(tenant, key).await?;
    let mut counter = found.unwrap_or_else(|| FailedAttempts::none(tenant, *key, now));
    counter.fail(rule, now);
    tx.attempts().put(&counter).await?;
    Ok(counter)
}
