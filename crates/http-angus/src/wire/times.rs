//! Times: `yyyy-MM-dd HH:mm:ss` on the tenant's wall clock, read in the ISO form, too.

use citizenry_identity::{TimeZone, Timestamp};
use time::{
    OffsetDateTime, PrimitiveDateTime, UtcOffset,
    format_description::{BorrowedFormatItem, well_known::Rfc3339},
    macros::format_description,
};

const WALL: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
const ISO: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second][optional [.[subsecond]]]");

/// `at` as a clock in `zone` shows it.
pub(crate) fn show(at: Timestamp, zone: &TimeZone) -> String {
    zone.local(at).format(WALL).unwrap_or_default()
}

/// Reads a time of `zone`, in the vendor's form or as ISO 8601, there also with an offset. Rounded
/// down to seconds, which is all that is shown.
pub(crate) fn read(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let local =
        PrimitiveDateTime::parse(text, WALL).or_else(|_| PrimitiveDateTime::parse(text, ISO));
    let at = if let Ok(local) = local {
        zone.instant(local)?
    } else {
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        Timestamp::new(moment.to_offset(UtcOffset::UTC))
    };
    Timestamp::from_unix_micros(at.unix_seconds().checked_mul(1_000_000)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_both_forms_and_shown_in_one() {
        let zone = TimeZone::parse("Asia/Shanghai").unwrap();
        for text in [
            "2025-06-12 11:19:21",
            "2025-06-12T11:19:21",
            "2025-06-12T11:19:21.5",
            "2025-06-12T03:19:21Z",
            "2025-06-12T05:19:21.25+02:00",
        ] {
            assert_eq!(show(read(text, &zone).unwrap(), &zone), "2025-06-12 11:19:21", "{text}");
        }
        for text in ["", "2025-06-12", "2025-02-30 00:00:00", "12.06.2025 11:19:21", "now"] {
            assert_eq!(read(text, &zone), None, "{text}");
        }
    }
}
