//! Named time zones, for the dialects whose times carry none.

use jiff::{Timestamp as JiffTimestamp, civil::DateTime, tz};
use time::{Date, PrimitiveDateTime, Time};

use crate::{Error, Timestamp};

/// A time zone of the IANA database, by name (`UTC`, `Asia/Shanghai`).
#[derive(Debug, Clone)]
pub struct TimeZone {
    zone: tz::TimeZone,
    name: String,
}

impl PartialEq for TimeZone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for TimeZone {}

impl TimeZone {
    /// Coordinated Universal Time.
    pub fn utc() -> Self {
        Self { zone: tz::TimeZone::UTC, name: "UTC".to_owned() }
    }

    /// The zone of that name.
    ///
    /// # Errors
    /// `Invalid` on `time_zone` when the database has no such zone.
    pub fn parse(name: &str) -> Result<Self, Error> {
        if name.eq_ignore_ascii_case("UTC") {
            return Ok(Self::utc());
        }
        // Only the database that is compiled in: zones must not differ from machine to machine.
        let zone = tz::TimeZoneDatabase::bundled().get(name).map_err(|_unknown| {
            Error::invalid("time_zone", "must be a zone of the IANA database")
        })?;
        Ok(Self { name: zone.iana_name().unwrap_or(name).to_owned(), zone })
    }

    /// The zone's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a clock on the wall shows at `at`.
    pub fn local(&self, at: Timestamp) -> PrimitiveDateTime {
        let utc = PrimitiveDateTime::new(at.date_time().date(), at.date_time().time());
        let Ok(instant) = JiffTimestamp::from_microsecond(at.unix_micros()) else { return utc };
        let offset = self.zone.to_offset(instant).seconds();
        utc.saturating_add(time::Duration::seconds(i64::from(offset)))
    }

    /// The point in time at which a clock on the wall shows `local`. What the clock shows twice is
    /// the first; what it skips is as much later.
    pub fn instant(&self, local: PrimitiveDateTime) -> Option<Timestamp> {
        let civil = civil(local.date(), local.time())?;
        let zoned = self.zone.to_zoned(civil).ok()?;
        Timestamp::from_unix_micros(zoned.timestamp().as_microsecond())
    }
}

fn civil(date: Date, time: Time) -> Option<DateTime> {
    DateTime::new(
        i16::try_from(date.year()).ok()?,
        i8::try_from(u8::from(date.month())).ok()?,
        i8::try_from(date.day()).ok()?,
        i8::try_from(time.hour()).ok()?,
        i8::try_from(time.minute()).ok()?,
        i8::try_from(time.second()).ok()?,
        i32::try_from(time.nanosecond()).ok()?,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_zone_moves_the_wall_clock_and_back() {
        let zone = TimeZone::parse("Asia/Shanghai").unwrap();
        let at = Timestamp::new(datetime!(2022-03-11 15:33:44 UTC));
        assert_eq!(zone.local(at), datetime!(2022-03-11 23:33:44));
        assert_eq!(zone.instant(datetime!(2022-03-11 23:33:44)), Some(at));
    }

    #[test]
    fn unknown_zones_are_refused() {
        for name in ["", "Mars/Olympus", "../etc/passwd"] {
            assert!(TimeZone::parse(name).is_err(), "{name}");
        }
    }
}
