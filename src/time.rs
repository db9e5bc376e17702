//! Times and days as files write them: RFC 3339, in UTC, times to the millisecond.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since the beginning of 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(u64);

/// A day of the calendar, counted from the beginning of 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(u64);

const DAY_MS: u64 = 86_400_000;

impl Time {
    pub fn now() -> Self {
        Self::of(SystemTime::now())
    }

    /// A clock that stands before 1970 is taken for 1970.
    pub fn of(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    pub fn before(self, age: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(age.as_millis()).unwrap_or(u64::MAX)))
    }

    pub fn of_milliseconds(milliseconds: u64) -> Self {
        Self(milliseconds)
    }

    pub fn milliseconds(self) -> u64 {
        self.0
    }

    pub fn day(self) -> Day {
        Day(self.0 / DAY_MS)
    }

    /// Reads `2026-11-22`, `2026-11-22T23:59:59Z` and what has a fraction of a second; other zones than UTC are none.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, clock) = text.split_once('T').map_or((text, None), |(date, clock)| (date, Some(clock)));
        let Day(days) = Day::parse(date)?;
        let Some(clock) = clock else { return Some(Self(days * DAY_MS)) };
        let clock = clock.strip_suffix('Z')?;
        let (whole, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
        let [hour, minute, second] = numbers(whole, ':', [2, 2, 2])?;
        let digits = fraction.bytes().all(|byte| byte.is_ascii_digit()) && (1..=9).contains(&fraction.len());
        if hour > 23 || minute > 59 || second > 59 || !digits {
            return None;
        }
        let milliseconds: u64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
        Some(Self(days * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + milliseconds))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, milliseconds) = (self.0 % DAY_MS / 1000, self.0 % 1000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(formatter, "{}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z", self.day())
    }
}

impl Day {
    /// The day on which a second since the beginning of 1970 falls.
    pub fn of_second(second: u64) -> Self {
        Self(second / (DAY_MS / 1000))
    }

    /// Reads `2026-11-22`.
    pub fn parse(text: &str) -> Option<Self> {
        let [year, month, day] = numbers(text, '-', [4, 2, 2])?;
        days_from_civil(year, month, day).map(Self)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0);
        write!(formatter, "{year:04}-{month:02}-{day:02}")
    }
}

/// Three numbers of so many digits each.
fn numbers(text: &str, separator: char, digits: [usize; 3]) -> Option<[u64; 3]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; 3];
    for (number, digits) in numbers.iter_mut().zip(digits) {
        let part =
            parts.next().filter(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

/// Year, month and day of a number of days since 1970, in eras of 400 years that begin in March: Howard Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// The same the other way round, for days from 1970 on; none for a day that no calendar has.
fn days_from_civil(year: u64, month: u64, day: u64) -> Option<u64> {
    let (shifted_year, shifted_month) =
        if month > 2 { (year, month.checked_sub(3)?) } else { (year.checked_sub(1)?, month + 9) };
    let (era, year_of_era) = (shifted_year / 400, shifted_year % 400);
    let day_of_year = (153 * shifted_month + 2) / 5 + day.checked_sub(1)?;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = (era * 146_097 + day_of_era).checked_sub(719_468)?;
    (civil_from_days(days) == (year, month, day)).then_some(days)
}

#[cfg(test)]
#[expect(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn days_of_note_are_written_and_read() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399, "2000-02-28T23:59:59.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (1_795_391_940, "2026-11-22T23:59:00.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
        ] {
            let time = Time(seconds * 1000);
            assert_eq!(time.to_string(), text);
            assert_eq!(Time::parse(text), Some(time));
            assert_eq!(time.day().to_string(), text[..10]);
            assert_eq!(Day::parse(&text[..10]), Some(time.day()));
        }
        assert_eq!(Time::parse("2026-11-22T00:00:00.5Z").unwrap().to_string(), "2026-11-22T00:00:00.500Z");
        assert_eq!(Time::parse("2026-11-22").unwrap().to_string(), "2026-11-22T00:00:00.000Z");
    }

    #[test]
    fn every_day_of_eight_centuries_comes_back() {
        for day in 0..292_194 {
            let (year, month, date) = civil_from_days(day);
            assert_eq!(days_from_civil(year, month, date), Some(day));
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2026",
            "2026-2-3",
            "2026-02-30",
            "2026-13-01",
            "2026-00-01",
            "2026-01-00",
            "1969-12-31",
            "2026-01-01T",
            "2026-01-01T00:00:00",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00+01:00",
            "2026-01-01T00:00:00.Z",
            "2026-01-01-01",
            "+026-01-01",
        ] {
            assert_eq!(Time::parse(text), None, "{text}");
        }
    }
}
