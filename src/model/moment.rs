//! Moments as text: ISO 8601 (service.md 2.3) and the compact form of signed requests. Always UTC.

const MICROS_A_SECOND: i64 = 1_000_000;
const SECONDS_A_DAY: i64 = 86_400;

/// Microseconds since 1970-01-01 as `2026-02-24T12:00:00Z`; a fraction is cut off.
#[must_use]
pub fn iso8601(micros: i64) -> String {
    let (year, month, day, hour, minute, second) = fields(micros.div_euclid(MICROS_A_SECOND));
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Microseconds since 1970-01-01 as `2026-02-24T12:00:00.123456Z`, always with six digits of fraction.
#[must_use]
pub fn iso8601_micros(micros: i64) -> String {
    let whole = iso8601(micros);
    let fraction = micros.rem_euclid(MICROS_A_SECOND);
    format!("{}.{fraction:06}Z", whole.trim_end_matches('Z'))
}

/// Microseconds since 1970-01-01 of a text such as `2026-02-24T12:00:00Z` or `2026-02-24T12:00:00.5Z`; up to six
/// digits of fraction. None for any other text.
#[must_use]
pub fn parse_iso8601(text: &str) -> Option<i64> {
    let text = text.strip_suffix('Z')?;
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, micros(fraction)?),
        None => (text, 0),
    };
    let (date, time) = whole.split_once('T')?;
    let date: Vec<&str> = date.split('-').collect();
    let time: Vec<&str> = time.split(':').collect();
    let ([year, month, day], [hour, minute, second]) = (date.as_slice(), time.as_slice()) else {
        return None;
    };
    let seconds = seconds([year, month, day, hour, minute, second])?;
    Some(seconds * MICROS_A_SECOND + fraction)
}

/// Seconds since 1970-01-01 as `20260224T120000Z`.
#[must_use]
pub fn compact(seconds: i64) -> String {
    let (year, month, day, hour, minute, second) = fields(seconds);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Seconds since 1970-01-01 of a text such as `20260224T120000Z`; none for any other text.
#[must_use]
pub fn parse_compact(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    if date.len() != 8 || time.len() != 6 {
        return None;
    }
    seconds([
        date.get(..4)?,
        date.get(4..6)?,
        date.get(6..)?,
        time.get(..2)?,
        time.get(2..4)?,
        time.get(4..)?,
    ])
}

fn micros(fraction: &str) -> Option<i64> {
    let digits = (1..=6).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let padded = format!("{fraction:0<6}");
    digits.then(|| padded.parse().ok()).flatten()
}

/// Seconds since 1970-01-01 of year, month, day, hour, minute and second, each with all its digits.
fn seconds(parts: [&str; 6]) -> Option<i64> {
    let number = |text: &str, digits: usize| {
        let all = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        all.then(|| text.parse::<i64>().ok()).flatten()
    };
    let [year, month, day, hour, minute, second] = parts;
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    let (hour, minute, second) = (number(hour, 2)?, number(minute, 2)?, number(second, 2)?);
    let days = days(year, month, day);
    let real = civil(days) == (year, month, day) && hour < 24 && minute < 60 && second < 60;
    real.then_some(days * SECONDS_A_DAY + hour * 3600 + minute * 60 + second)
}

fn fields(seconds: i64) -> (i64, i64, i64, i64, i64, i64) {
    let (days, second) = (
        seconds.div_euclid(SECONDS_A_DAY),
        seconds.rem_euclid(SECONDS_A_DAY),
    );
    let (year, month, day) = civil(days);
    (year, month, day, second / 3600, second / 60 % 60, second % 60)
}

/// Year, month and day of a number of days since 1970-01-01, in the proleptic Gregorian calendar.
///
/// Howard Hinnant's `civil_from_days`: years begin in March, so that the leap day comes last.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The number of days since 1970-01-01 of a date: the way back of [`civil`].
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments_are_written_as_everybody_writes_them_and_read_back() {
        for (moment, text) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (1_771_934_400_123_456, "2026-02-24T12:00:00.123456Z"),
            (4_107_542_399_000_001, "2100-02-28T23:59:59.000001Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
        ] {
            assert_eq!(iso8601_micros(moment), text);
            assert_eq!(parse_iso8601(text), Some(moment));
            let whole = moment.div_euclid(MICROS_A_SECOND);
            assert_eq!(iso8601(moment), format!("{}Z", &text[..19]));
            assert_eq!(parse_iso8601(&iso8601(moment)), Some(whole * MICROS_A_SECOND));
            assert_eq!(compact(whole), text[..19].replace(['-', ':'], "") + "Z");
            assert_eq!(parse_compact(&compact(whole)), Some(whole));
        }
        assert_eq!(parse_iso8601("1970-01-01T00:00:00.5Z"), Some(500_000));
    }

    #[test]
    fn other_texts_are_no_moments() {
        for text in [
            "",
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00+00:00",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00.1234567Z",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-1-01T00:00:00Z",
            "+026-01-01T00:00:00Z",
        ] {
            assert_eq!(parse_iso8601(text), None, "{text}");
        }
        for text in [
            "",
            "20260101T000000",
            "2026010T0000000Z",
            "20260101T0000é0Z",
            "20261301T000000Z",
        ] {
            assert_eq!(parse_compact(text), None, "{text}");
        }
    }

    #[test]
    fn days_follow_each_other_without_a_gap_for_four_centuries() {
        let lengths = |year: i64| {
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            [31, 28 + i64::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        };
        let mut day_number = 0;
        for year in 1970..2370 {
            for (month, length) in (1..).zip(lengths(year)) {
                for day in 1..=length {
                    assert_eq!(civil(day_number), (year, month, day));
                    assert_eq!(days(year, month, day), day_number);
                    day_number += 1;
                }
            }
        }
    }
}
