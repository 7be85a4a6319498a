//! Colours that people can read.

use std::fmt;

/// The contrast that text must reach (WCAG 2.2, success criterion 1.4.3).
pub const TEXT_CONTRAST: f64 = 4.5;

/// How many steps lie between a colour and black or white.
const STEPS: u8 = 50;

/// An opaque sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Colour {
    red: u8,
    green: u8,
    blue: u8,
}

impl Colour {
    /// Black.
    pub const BLACK: Self = Self::rgb(0, 0, 0);
    /// White.
    pub const WHITE: Self = Self::rgb(255, 255, 255);

    /// A colour of its parts.
    pub const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// Reads `#rgb` or `#rrggbb`; `None` for everything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let number = u32::from_str_radix(digits, 16).ok()?;
        let part = |shift: u32, bits: u32| {
            u8::try_from((number >> shift) & ((1 << bits) - 1)).unwrap_or(u8::MAX)
        };
        match digits.len() {
            3 => Some(Self::rgb(part(8, 4) * 17, part(4, 4) * 17, part(0, 4) * 17)),
            6 => Some(Self::rgb(part(16, 8), part(8, 8), part(0, 8))),
            _ => None,
        }
    }

    /// Relative luminance from 0 (black) to 1 (white), as WCAG 2.2 defines it.
    pub fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }

    /// The contrast ratio of two colours from 1 to 21, as WCAG 2.2 defines it.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// Black or white, whichever is easier to read on this colour. It always reaches
    /// [`TEXT_CONTRAST`].
    #[must_use]
    pub fn text(self) -> Self {
        if self.contrast(Self::WHITE) >= self.contrast(Self::BLACK) {
            Self::WHITE
        } else {
            Self::BLACK
        }
    }

    /// This colour, darkened or lightened no further than needed to be read on all of `grounds`.
    #[must_use]
    pub fn readable_on(self, grounds: &[Self]) -> Self {
        let readable =
            |colour: &Self| grounds.iter().all(|ground| colour.contrast(*ground) >= TEXT_CONTRAST);
        let towards = grounds.first().map_or(Self::BLACK, |ground| ground.text());
        (0..=STEPS)
            .map(|step| self.mix(towards, f64::from(step) / f64::from(STEPS)))
            .find(readable)
            .unwrap_or(towards)
    }

    /// The colour that lies `share` (0 to 1) of the way from this one to `other`.
    #[must_use]
    pub fn mix(self, other: Self, share: f64) -> Self {
        let part = |from: u8, to: u8| {
            let mixed = f64::from(from) + (f64::from(to) - f64::from(from)) * share;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped to the range of u8"
            )]
            let part = mixed.round().clamp(0.0, 255.0) as u8;
            part
        };
        Self::rgb(
            part(self.red, other.red),
            part(self.green, other.green),
            part(self.blue, other.blue),
        )
    }
}

/// Writes `#rrggbb`.
impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_notations_are_read_and_nothing_else() {
        assert_eq!(Colour::parse("#0aF"), Some(Colour::rgb(0, 170, 255)));
        assert_eq!(Colour::parse("#3b5BDB"), Some(Colour::rgb(59, 91, 219)));
        let hostile = [
            "",
            "#",
            "3b5bdb",
            "#12",
            "#1234",
            "#12345678",
            "#ggg",
            "#+12",
            "#-1a2b3",
            "red",
            "#fff;}",
            "#fff</style>",
            "#ｆｆｆ",
            " #fff",
            "rgb(0,0,0)",
        ];
        for text in hostile {
            assert_eq!(Colour::parse(text), None, "{text}");
        }
    }

    #[test]
    fn contrast_is_what_the_guidelines_say() {
        let ratio = Colour::WHITE.contrast(Colour::BLACK);
        assert!((ratio - 21.0).abs() < 1e-9, "{ratio}");
        let grey = Colour::rgb(0x76, 0x76, 0x76).contrast(Colour::WHITE);
        assert!((grey - 4.54).abs() < 0.01, "{grey}");
        let red = Colour::rgb(255, 0, 0).contrast(Colour::WHITE);
        assert!((red - 3.998).abs() < 0.001, "{red}");
    }

    #[test]
    fn text_on_any_colour_can_be_read() {
        for red in (0..=255).step_by(15) {
            for green in (0..=255).step_by(15) {
                for blue in (0..=255).step_by(15) {
                    let ground = Colour::rgb(red, green, blue);
                    let contrast = ground.text().contrast(ground);
                    assert!(contrast >= TEXT_CONTRAST, "{ground}: {contrast}");
                }
            }
        }
    }

    #[test]
    fn a_colour_moves_only_as_far_as_it_must() {
        let indigo = Colour::rgb(0x3b, 0x5b, 0xdb);
        assert_eq!(indigo.readable_on(&[Colour::WHITE]), indigo);
        let yellow = Colour::rgb(0xff, 0xe0, 0x66).readable_on(&[Colour::WHITE]);
        assert!(yellow.contrast(Colour::WHITE) >= TEXT_CONTRAST);
        assert!(yellow.contrast(Colour::WHITE) < 5.2, "darker than it needs to be: {yellow}");
    }
}
