//! How dear a hash of another system may be.

use super::Refused;

/// The longest text that is read, bytes.
pub(super) const MAX_TEXT: usize = 4096;
/// The longest salt, key or separator, bytes.
pub(super) const MAX_SALT: usize = 1024;
/// The shortest and the longest result of a derivation function, bytes.
pub(super) const DERIVED: std::ops::RangeInclusive<usize> = 10..=128;

/// The most memory that one hash may need, KiB.
pub(crate) const MAX_MEMORY_KIB: u32 = 256 * 1024;
/// The most that memory and passes of Argon2 may come to, KiB.
const MAX_ARGON2_WORK: u64 = 2 * 1024 * 1024;
/// The most that a derivation with scrypt may have to move, KiB.
const MAX_SCRYPT_WORK: u64 = 1024 * 1024;
/// The most iterations of PBKDF2, over all blocks of its output.
const MAX_PBKDF2_WORK: u64 = 4_000_000;
/// The greatest cost of bcrypt: 2^15 rounds, two to three seconds.
const MAX_BCRYPT_COST: u32 = 15;

/// Whether Argon2 may be computed with so many KiB and passes.
pub(super) fn argon2(memory_kib: u32, passes: u32) -> Result<(), Refused> {
    if memory_kib > MAX_MEMORY_KIB {
        return Err("needs more than 256 MiB of memory");
    }
    if u64::from(memory_kib) * u64::from(passes) > MAX_ARGON2_WORK {
        return Err("asks for more than 2 GiB of memory times passes");
    }
    Ok(())
}

/// Whether bcrypt may be computed with this cost.
pub(super) fn bcrypt(cost: u32) -> Result<(), Refused> {
    if (4..=MAX_BCRYPT_COST).contains(&cost) {
        Ok(())
    } else {
        Err("has a bcrypt cost that is not 4 to 15")
    }
}

/// Whether scrypt may be computed with N = 2^`log_n` and these r and p.
pub(super) fn scrypt(log_n: u8, r: u32, p: u32) -> Result<(), Refused> {
    if !(1..=20).contains(&log_n) || !(1..=64).contains(&r) || !(1..=64).contains(&p) {
        return Err("has scrypt parameters beyond N = 2^20, r = 64, p = 64");
    }
    // 128 bytes × N × r, in KiB; N is at least 2, so an eighth of it is taken last.
    let memory = (u64::from(r) << log_n) / 8;
    if memory > u64::from(MAX_MEMORY_KIB) {
        return Err("needs more than 256 MiB of memory");
    }
    if memory * u64::from(p) > MAX_SCRYPT_WORK {
        return Err("asks for more than 1 GiB of scrypt's memory times p");
    }
    Ok(())
}

/// Whether PBKDF2 may be computed with so many iterations for so many blocks of output.
pub(super) fn pbkdf2(iterations: u32, blocks: usize) -> Result<(), Refused> {
    if iterations == 0 {
        return Err("has no iterations");
    }
    let blocks = u64::try_from(blocks).unwrap_or(u64::MAX);
    if u64::from(iterations).saturating_mul(blocks) > MAX_PBKDF2_WORK {
        return Err("asks for more than 4000000 iterations");
    }
    Ok(())
}

/// Whether a salt, key or separator is not too long.
pub(super) fn salt(bytes: &[u8]) -> Result<(), Refused> {
    if bytes.len() > MAX_SALT { Err("has a salt or key of more than 1024 bytes") } else { Ok(()) }
}

/// Whether the result of a derivation function has a sensible length.
pub(super) fn derived(bytes: &[u8]) -> Result<(), Refused> {
    if DERIVED.contains(&bytes.len()) {
        Ok(())
    } else {
        Err("has a hash that is not 10 to 128 bytes long")
    }
}
