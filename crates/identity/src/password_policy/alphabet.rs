//! Which characters a password may be made of.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Which characters a password may be made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordAlphabet {
    /// The printable characters of ASCII, the blank among them: Latin letters without accents,
    /// digits and signs.
    Ascii,
    /// Letters that have a case and digits, of any script, and the signs of ASCII without the
    /// backslash and the vertical bar; no blank and no letter without case.
    Cased,
}

impl PasswordAlphabet {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Ascii, Self::Cased];

    /// Whether it has `character`.
    pub fn has(self, character: char) -> bool {
        match self {
            Self::Ascii => character.is_ascii_graphic() || character == ' ',
            Self::Cased => {
                let is_sign = character.is_ascii_punctuation() && !matches!(character, '\\' | '|');
                let is_letter = character.is_lowercase() || character.is_uppercase();
                is_sign || is_letter || character.is_numeric()
            }
        }
    }
}

impl fmt::Display for PasswordAlphabet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ascii => "Latin letters, digits and signs",
            Self::Cased => {
                "letters that have a case, digits, and signs without backslash and vertical bar"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alphabets_end_where_they_say() {
        for (character, ascii, cased) in [
            ('a', true, true),
            ('Z', true, true),
            ('7', true, true),
            ('@', true, true),
            (' ', true, false),
            ('\\', true, false),
            ('|', true, false),
            ('é', false, true),
            ('Ж', false, true),
            ('٣', false, true),
            ('雷', false, false),
            ('ا', false, false),
            ('\t', false, false),
            ('\u{7f}', false, false),
            ('€', false, false),
        ] {
            let has = PasswordAlphabet::ALL.map(|alphabet| alphabet.has(character));
            assert_eq!(has, [ascii, cased], "{character:?}");
        }
    }
}
