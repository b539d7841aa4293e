//! Dates of the calendar and times of the day, as people write them.

use super::cursor::Cursor;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const MINUTES_OF_A_DAY: u32 = 24 * 60;

/// The place of a month in the year, from zero.
pub(super) fn month(low: &str) -> Option<usize> {
    MONTHS.iter().position(|month| *month == low)
}

/// The day behind a date of the calendar.
pub(super) fn next_day(date: &str) -> Option<String> {
    let (year, rest) = date.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let (year, month, day) = (
        year.parse::<u32>().ok()?,
        month.parse::<u32>().ok()?,
        day.parse::<u32>().ok()?,
    );
    let candidates = [(year, month, day + 1), (year, month + 1, 1), (year + 1, 1, 1)];
    candidates
        .into_iter()
        .map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}"))
        .find(|date| is_date(date))
}

/// `2026-01-31`, `31 January 2026`, `January 31 2026`, `January 31, 2026`.
pub(super) fn date(cursor: &mut Cursor<'_>) -> Option<String> {
    let first = cursor.peek()?;
    if is_date(&first.text) {
        cursor.advance(1);
        return Some(first.text.clone());
    }
    let second = cursor.peek_at(1)?;
    let (day, month) = match (month(&first.low), month(&second.low)) {
        (Some(found), None) => (&second.text, found),
        (None, Some(found)) => (&first.text, found),
        _ => return None,
    };
    cursor.advance(2);
    cursor.eat(",");
    let year = &cursor.next()?.text;
    let date = format!("{year}-{:02}-{:0>2}", month + 1, day);
    is_date(&date).then_some(date)
}

/// Whether it is a date of the calendar, `YYYY-MM-DD`.
pub(super) fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    let digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
    if !(digits(year, 4) && digits(month, 2) && digits(day, 2)) {
        return false;
    }
    let (Ok(year), Ok(month), Ok(day)) = (year.parse::<u32>(), month.parse::<u32>(), day.parse::<u32>())
    else {
        return false;
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// `at 9:00`, `9:00`: behind a date.
pub(super) fn at_a_time(cursor: &mut Cursor<'_>) -> Option<u32> {
    cursor.eat("at");
    time_of_day(cursor)
}

/// `09:00`, `9am`, `9:30 pm`, `noon`, `midnight`; in minutes.
pub(super) fn time_of_day(cursor: &mut Cursor<'_>) -> Option<u32> {
    cursor.attempt(|cursor| {
        match cursor.eat_any(&["noon", "midnight"]) {
            Some("noon") => return Some(MINUTES_OF_A_DAY / 2),
            Some(_) => return Some(0),
            None => {}
        }
        let token = cursor
            .peek()
            .filter(|token| token.low.starts_with(|c: char| c.is_ascii_digit()))?;
        cursor.advance(1);
        let glued = token.low.strip_suffix("am").map(|rest| (rest, 0));
        let glued = glued.or_else(|| token.low.strip_suffix("pm").map(|rest| (rest, 12)));
        let (digits, half) = if let Some((digits, half)) = glued {
            (digits, Some(half))
        } else if cursor.eat("am") {
            (token.low.as_str(), Some(0))
        } else {
            (token.low.as_str(), cursor.eat("pm").then_some(12))
        };
        match half {
            None => clock(digits),
            Some(half) => {
                let (hour, minute) = match digits.split_once(':') {
                    Some((hour, minute)) => (hour, minute),
                    None => (digits, "00"),
                };
                let minutes = clock(&format!("{hour}:{minute}"))?;
                let (hour, minute) = (minutes / 60, minutes % 60);
                (1..=12)
                    .contains(&hour)
                    .then_some((hour % 12 + half) * 60 + minute)
            }
        }
    })
}

/// `09:30` in minutes.
fn clock(text: &str) -> Option<u32> {
    clock_with_seconds(text)
        .filter(|(_, seconds)| *seconds == 0)
        .map(|(minutes, _)| minutes)
}

pub(super) fn clock_with_seconds(text: &str) -> Option<(u32, u32)> {
    let parts: Vec<&str> = text.split(':').collect();
    let (hour, minute, second) = match parts.as_slice() {
        [hour, minute] => (hour, minute, &"00"),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    let part = |text: &str, most: u32| {
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        digits
            .then(|| text.parse::<u32>().ok())
            .flatten()
            .filter(|value| *value <= most)
    };
    if minute.len() != 2 || second.len() != 2 {
        return None;
    }
    Some((part(hour, 23)? * 60 + part(minute, 59)?, part(second, 59)?))
}
