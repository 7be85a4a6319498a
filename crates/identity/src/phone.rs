//! Phone numbers, kept as E.164.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, enums::Region};

use crate::Error;

/// A phone number that is *possible* in its country's plan (its length fits; whether anybody has it
/// is not asked), kept as E.164.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Phone {
    e164: String,
    country_code: u16,
}

impl Phone {
    /// Reads a number. With a leading `+` it names its country itself; otherwise it is one of the
    /// country with calling code `default_country` (86 for China).
    ///
    /// # Errors
    /// `Invalid` on `phone`.
    pub fn parse(text: &str, default_country: u16) -> Result<Self, Error> {
        let refuse = || Error::invalid("phone", "must be a possible phone number");
        if text.len() > 32 {
            return Err(refuse());
        }
        let region = PHONE_NUMBER_UTIL.get_region_for_country_code(i32::from(default_country));
        let number = PHONE_NUMBER_UTIL.parse(text, region).map_err(|_unparsable| refuse())?;
        if !number.extension().is_empty() || !PHONE_NUMBER_UTIL.is_possible_number(&number) {
            return Err(refuse());
        }
        let e164 = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned();
        let country_code = u16::try_from(number.country_code).map_err(|_negative| refuse())?;
        Ok(Self { e164, country_code })
    }

    /// The calling code of a country, by its two letters (ISO 3166-1), in either case.
    pub fn calling_code(country: &str) -> Option<u16> {
        let region = Region::from_code(&country.to_ascii_uppercase()).ok()?;
        let code = PHONE_NUMBER_UTIL.get_country_code_for_region(region)?;
        u16::try_from(code).ok()
    }

    /// A number that the database holds already; not checked again.
    pub fn from_stored(e164: String, country_code: u16) -> Self {
        Self { e164, country_code }
    }

    /// The number as E.164: `+8618600002222`.
    pub fn e164(&self) -> &str {
        &self.e164
    }

    /// The country's calling code: 86.
    pub fn country_code(&self) -> u16 {
        self.country_code
    }

    /// The number without `+` and calling code: `18600002222`.
    pub fn national(&self) -> &str {
        let prefix = 1 + self.country_code.to_string().len();
        self.e164.get(prefix..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_is_split_where_its_country_code_ends() {
        let phone = Phone::parse("+1 (650) 253-0000", 86).unwrap();
        assert_eq!(
            (phone.e164(), phone.country_code(), phone.national()),
            ("+16502530000", 1, "6502530000")
        );
        let phone = Phone::parse("18600002222", 86).unwrap();
        assert_eq!((phone.e164(), phone.national()), ("+8618600002222", "18600002222"));
    }

    #[test]
    fn countries_have_calling_codes() {
        let codes = ["CN", "us", "DE", "", "XX", "86"].map(Phone::calling_code);
        assert_eq!(codes, [Some(86), Some(1), Some(49), None, None, None]);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let long = "1".repeat(40);
        for text in ["", "abc", "12", "+999123456789", "18600002222 ext. 5", &long] {
            assert!(Phone::parse(text, 86).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_e164_reads_back(text in "[+0-9 ()x\u{0660}-\u{0669}-]{0,24}", country in 0_u16..1000) {
            if let Ok(phone) = Phone::parse(&text, country) {
                prop_assert_eq!(Phone::parse(phone.e164(), 86).unwrap(), phone);
            }
        }
    }
}
