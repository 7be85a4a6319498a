//! What opaque tokens look like: letters and digits, unless a management door publishes a form of
//! its own.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use citizenry_identity::{ManagementDoor, Moment};
use citizenry_storage::{Sealer, sealing};
use secrecy::{ExposeSecret, SecretString};

/// The longest opaque token that is looked at, bytes: as long as the longest that is issued.
pub(crate) const MAX_LENGTH: usize = 128;

/// Letters and digits of an opaque token: 256 bits.
const LENGTH: usize = 43;
/// Random bytes of AngusGM's tokens: 128 characters of base64url.
const ANGUS_BYTES: usize = 96;

/// A new opaque token for a client of `door`, or of none.
pub(crate) fn new_token(moment: &Moment, door: Option<ManagementDoor>) -> SecretString {
    match door {
        Some(door) => in_form_of(door, |bytes| moment.fill(bytes)),
        None => moment.alphanumeric(LENGTH).into(),
    }
}

/// The successor of a refresh token: nobody without the master key can tell it from the token.
pub(crate) fn successor(
    sealer: &dyn Sealer,
    token: &SecretString,
    door: Option<ManagementDoor>,
) -> SecretString {
    let text = token.expose_secret().as_bytes();
    match door {
        Some(door) => in_form_of(door, |bytes| {
            // No token has these bytes, so that what is hashed is no other token's.
            for (number, part) in (0_u8..).zip(bytes.chunks_mut(32)) {
                let hash =
                    sealer.keyed_hash(sealing::REFRESH_SUCCESSOR, &[text, &[number]].concat());
                part.iter_mut().zip(hash).for_each(|(byte, from)| *byte = from);
            }
        }),
        None => URL_SAFE_NO_PAD.encode(sealer.keyed_hash(sealing::REFRESH_SUCCESSOR, text)).into(),
    }
}

/// The bytes that `fill` gives in the form that the door publishes.
fn in_form_of(door: ManagementDoor, fill: impl Fn(&mut [u8])) -> SecretString {
    match door {
        ManagementDoor::Angus => {
            let mut bytes = [0_u8; ANGUS_BYTES];
            fill(&mut bytes);
            URL_SAFE_NO_PAD.encode(bytes).into()
        }
        ManagementDoor::AudienceManager => {
            let mut bytes = [0_u8; 16];
            fill(&mut bytes);
            uuid(u128::from_be_bytes(bytes)).into()
        }
    }
}

/// `random` as a UUID of version 4 (RFC 9562, section 5.4): 122 bits of it.
fn uuid(random: u128) -> String {
    let version = (random & !(0xf << 76)) | (0x4 << 76);
    let uuid = (version & !(0x3 << 62)) | (0x2 << 62);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        uuid >> 96,
        (uuid >> 80) & 0xffff,
        (uuid >> 64) & 0xffff,
        (uuid >> 48) & 0xffff,
        uuid & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use citizenry_testkit::environment;

    use super::*;

    /// Whether a text is a UUID of version 4 in lower case.
    fn is_uuid(text: &str) -> bool {
        let lengths: Vec<_> = text.split('-').map(str::len).collect();
        let digits = text.bytes().filter(|byte| *byte != b'-');
        lengths == [8, 4, 4, 4, 12]
            && digits.into_iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            && text.as_bytes()[14] == b'4'
            && b"89ab".contains(&text.as_bytes()[19])
    }

    #[test]
    fn each_door_has_a_form_of_its_own_that_successors_keep() {
        let environment = environment();
        let moment = environment.moment();
        let has_form = |door, text: &str| match door {
            None => text.len() == 43,
            Some(ManagementDoor::Angus) => {
                text.len() == MAX_LENGTH && URL_SAFE_NO_PAD.decode(text).unwrap().len() == 96
            }
            Some(ManagementDoor::AudienceManager) => is_uuid(text),
        };
        for door in [None, Some(ManagementDoor::Angus), Some(ManagementDoor::AudienceManager)] {
            let first = new_token(&moment, door);
            let other = new_token(&moment, door);
            let next = successor(&*environment.sealer, &first, door);
            let again = successor(&*environment.sealer, &first, door);
            for text in [&first, &other, &next] {
                assert!(has_form(door, text.expose_secret()), "{door:?}");
                assert!(!text.expose_secret().contains('.'), "what has a dot is read as a JWT");
            }
            assert_ne!(first.expose_secret(), other.expose_secret());
            assert_ne!(first.expose_secret(), next.expose_secret());
            assert_eq!(next.expose_secret(), again.expose_secret());
        }
    }

    #[test]
    fn a_uuid_is_of_version_4() {
        assert_eq!(uuid(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        let random = 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef;
        assert_eq!(uuid(random), "01234567-89ab-4def-8123-456789abcdef");
    }
}
