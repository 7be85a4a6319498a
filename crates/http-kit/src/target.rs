//! The request target, checked before routing: actix would replace broken bytes silently, so that
//! two different identifiers could meet in one.

use percent_encoding::percent_decode_str;

use crate::error::Refusal;

/// Refuses a `path` with a broken percent escape, with bytes that are not UTF-8, or with a NUL
/// (which PostgreSQL cannot store).
pub(crate) fn check(path: &str) -> Result<(), Refusal> {
    if !path.contains('%') {
        return Ok(());
    }
    let refuse = |reason: &str| Refusal::InvalidTarget { reason: reason.to_owned() };
    if has_broken_escape(path) {
        return Err(refuse("the path has a malformed percent escape"));
    }
    match percent_decode_str(path).decode_utf8() {
        Ok(text) if text.contains('\0') => Err(refuse("the path has a NUL character")),
        Ok(_) => Ok(()),
        Err(_) => Err(refuse("the path is not UTF-8")),
    }
}

/// Whether a `%` in `text` is not followed by two hexadecimal digits.
pub(crate) fn has_broken_escape(text: &str) -> bool {
    text.split('%').skip(1).any(|rest| {
        let digits = rest.as_bytes().get(..2);
        !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_formed_paths_pass() {
        for path in ["/", "/users/authok%7C01j", "/users/%E6%9D%8E%e9%9b%b7", "/a%2Fb/c%25"] {
            assert!(check(path).is_ok(), "{path}");
        }
    }

    #[test]
    fn broken_escapes_foreign_bytes_and_nul_are_refused() {
        for path in ["/%zz", "/%", "/a%4", "/%ff", "/%E6%9D", "/x%00y", "/%+1", "/%é"] {
            let refusal = check(path).expect_err(path);
            assert_eq!(refusal.status().as_u16(), 400, "{path}");
        }
    }
}
