//! What is counted, and what comes of it.
//!
//! | counter | key | what its threshold brings |
//! |---|---|---|
//! | account | the user, or the name that nobody has | a `failed_attempts` lock (a name: the same refusal) |
//! | device | the user and the browser he has signed in with before | refusals of that browser alone |
//! | address | the network address (IPv6: its /64) | refusals of that address |
//! | mails | the user, or the name; and the address | no further mail |
//! | codes | the address they go to; and the address they are asked from | no further code |
//! | passwords | the user, by himself or by another | no further look at his password without a sign-in |
//!
//! Delays double with each further failure up to a limit. Nobody can lock another out for ever: a
//! browser with a device secret is not stopped by what strangers do, a password reset lifts the
//! lock, and sessions that there are go on.

use citizenry_identity::{AttemptRule, Memory, Number, Origin, SignInSettings, UserId};
use citizenry_storage::{Sealer, address_key, attempt_key};

/// How long failures in a row are remembered after the last, seconds.
const REMEMBERED: i64 = 86_400;
/// The longest that an address is refused, seconds.
const MAX_ADDRESS_DELAY: i64 = 900;
const HOUR: i64 = 3_600;

/// Failures on one account, or from one known browser.
pub(crate) fn account_rule(settings: &SignInSettings) -> AttemptRule {
    AttemptRule {
        threshold: settings.lockout_threshold,
        first_delay: settings.lockout_seconds.into(),
        max_delay: settings.lockout_max_seconds.into(),
        memory: Memory::SinceLast(REMEMBERED),
    }
}

/// Failures from one address. A success does not reset them: an attacker has an account, too.
pub(crate) fn address_rule(settings: &SignInSettings) -> AttemptRule {
    AttemptRule {
        threshold: settings.address_threshold,
        first_delay: 1,
        max_delay: MAX_ADDRESS_DELAY,
        memory: Memory::SinceFirst(HOUR),
    }
}

/// Mails to one account in an hour.
pub(crate) const MAILS_TO_ACCOUNT: AttemptRule = AttemptRule {
    threshold: 5,
    first_delay: HOUR,
    max_delay: HOUR,
    memory: Memory::SinceFirst(HOUR),
};

/// Mails asked for from one address in an hour.
pub(crate) const MAILS_FROM_ADDRESS: AttemptRule = AttemptRule {
    threshold: 50,
    first_delay: 60,
    max_delay: MAX_ADDRESS_DELAY,
    memory: Memory::SinceFirst(HOUR),
};

/// Codes to one address in an hour.
pub(crate) const CODES_TO_ADDRESS: AttemptRule = AttemptRule {
    threshold: 5,
    first_delay: HOUR,
    max_delay: HOUR,
    memory: Memory::SinceFirst(HOUR),
};

/// Codes asked for from one address in an hour: text messages cost money.
pub(crate) const CODES_FROM_ORIGIN: AttemptRule = AttemptRule {
    threshold: 30,
    first_delay: 60,
    max_delay: MAX_ADDRESS_DELAY,
    memory: Memory::SinceFirst(HOUR),
};

/// The counter of failures on an account.
pub(crate) fn account_key(sealer: &dyn Sealer, user: UserId) -> [u8; 32] {
    attempt_key(sealer, &format!("account:{user}"))
}

/// The counter of failures on a name that nobody has.
pub(crate) fn name_key(sealer: &dyn Sealer, folded: &str) -> [u8; 32] {
    attempt_key(sealer, &format!("name:{folded}"))
}

/// The counter of failures on a number that nobody has.
pub(crate) fn number_key(sealer: &dyn Sealer, number: Number) -> [u8; 32] {
    attempt_key(sealer, &format!("number:{number}"))
}

/// The counter of failures on an account from a known browser.
pub(crate) fn device_key(sealer: &dyn Sealer, user: UserId, device: &str) -> [u8; 32] {
    attempt_key(sealer, &format!("device:{user}:{device}"))
}

/// The counter of an address, if it is known.
pub(crate) fn origin_key(sealer: &dyn Sealer, purpose: &str, origin: &Origin) -> Option<[u8; 32]> {
    origin.ip.map(|address| address_key(sealer, purpose, address))
}
