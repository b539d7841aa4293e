//! Times of the call, in UTC and said so (service.md 8.8, 10.8): `context.system.now`.
//!
//! A window of the day includes its beginning and its end, as in the policies that AWS prints for such sentences. A date stands
//! for its first instant, so it is taken only where that is what the words mean: `before`, `from`, `since`, `on or after`. `from`
//! a date `to` a date, and a month, are whole days of UTC.

use super::cursor::Cursor;
use super::meaning::{Condition, Order, TimeTest};

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
/// What a condition about the time may begin with.
const SUBJECTS: [&str; 9] = [
    "the current time is",
    "the current time of day is",
    "the current date is",
    "current time is",
    "the time of day is",
    "the time is",
    "the date is",
    "time is",
    "it is",
];

/// Words in front of a moment: how it compares, and whether a date without a time will do.
const ORDERS: [(&str, Order, bool); 10] = [
    ("on or after", Order::AtLeast, true),
    ("at or after", Order::AtLeast, true),
    ("starting", Order::AtLeast, true),
    ("since", Order::AtLeast, true),
    ("from", Order::AtLeast, true),
    ("before", Order::Less, true),
    ("until", Order::Less, false),
    ("after", Order::More, false),
    ("on or before", Order::AtMost, false),
    ("at or before", Order::AtMost, false),
];

/// A moment or a time of day.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Point {
    /// The text in `datetime("..")`, without its `Z`.
    Moment(String, Form),
    /// Minutes of the day.
    Day(u32),
}

/// How a moment was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Date,
    WithTime,
    /// With a time and a `Z`.
    Zoned,
}

/// `date` or `time`, where a condition that begins here says no more of which it is about: an argument may be called so, too.
pub(super) fn subject(cursor: &Cursor<'_>) -> Option<&'static str> {
    let is = |word: &str| cursor.stands(&[format!("the {word} is").as_str(), format!("{word} is").as_str()]);
    ["date", "time"].into_iter().find(|word| is(word))
}

/// A condition about the time. Every time and every date must be followed by `UTC` or hold `Z`.
pub(super) fn condition(cursor: &mut Cursor<'_>) -> Option<Condition> {
    cursor.attempt(|cursor| {
        cursor.eat_any(&SUBJECTS);
        cursor
            .attempt(days)
            .or_else(|| cursor.attempt(window))
            .or_else(|| compared(cursor))
    })
}

/// Words for hours that have no times of their own.
const HOURS: [&str; 4] = ["business hours", "working hours", "office hours", "opening hours"];

fn compared(cursor: &mut Cursor<'_>) -> Option<Condition> {
    let (_, order, a_date_will_do) = ORDERS.iter().find(|(phrase, ..)| cursor.eat(phrase))?;
    let point = point(cursor)?;
    if !is_zoned(cursor, &point) {
        return None;
    }
    Some(Condition::Time(match point {
        Point::Moment(_, Form::Date) if !a_date_will_do => {
            cursor
                .ground
                .stop("a date without a time can mean its beginning or its end");
            return None;
        }
        Point::Moment(text, form) => TimeTest::Moment(*order, literal(&text, form)),
        Point::Day(minutes) => TimeTest::TimeOfDay(*order, minutes),
    }))
}

/// `from 2025-02-01 to 2025-02-28`, `during January 2025`: whole days of UTC.
fn days(cursor: &mut Cursor<'_>) -> Option<Condition> {
    let word = cursor.eat_any(&["from", "during", "in"])?;
    let (first, end) = if word == "from" {
        let first = date(cursor)?;
        cursor.eat_any(&["to", "through"])?;
        let last = date(cursor)?;
        if last < first {
            cursor.ground.stop("the days end before they begin");
            return None;
        }
        (first, next_day(&last)?)
    } else {
        let month = MONTHS
            .iter()
            .position(|month| cursor.peek().is_some_and(|token| token.is(month)))?;
        let year = cursor.peek_at(1)?.text.clone();
        let (next, next_month) = match month {
            11 => (format!("{}", year.parse::<u32>().ok()? + 1), 1),
            month => (year.clone(), month + 2),
        };
        let first = format!("{year}-{:02}-01", month + 1);
        if !is_date(&first) {
            return None;
        }
        cursor.advance(2);
        (first, format!("{next}-{next_month:02}-01"))
    };
    // A time behind the day makes it another point.
    if time_of_day(&mut { *cursor }).is_some() {
        return None;
    }
    cursor.eat_any(&["utc", "gmt"]);
    let bound = |order, date: &str| Condition::Time(TimeTest::Moment(order, format!("{date}T00:00:00Z")));
    Some(Condition::All(vec![
        bound(Order::AtLeast, &first),
        bound(Order::Less, &end),
    ]))
}

/// The day behind a date of the calendar.
fn next_day(date: &str) -> Option<String> {
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

/// `between 9:00 and 17:00 UTC`, `from 22:00 to 6:00 UTC`, `during business hours (9 AM–5 PM UTC daily)`.
fn window(cursor: &mut Cursor<'_>) -> Option<Condition> {
    let word = cursor.eat_any(&["between the hours of", "between", "from", "during"])?;
    let mut bracket = false;
    if word == "during"
        && let Some(hours) = HOURS.into_iter().find(|hours| cursor.stands(&[hours]))
    {
        let mut behind = *cursor;
        behind.advance_quietly(2);
        bracket = behind.eat("(");
        behind.eat_any(&["from", "between"]);
        if point(&mut { behind }).is_none() {
            cursor
                .ground
                .stop(format!("`{hours}` says no times; say from when to when, in UTC"));
            return None;
        }
        *cursor = behind;
    }
    let window = bounds(cursor)?;
    let of_day = matches!(window, Condition::Time(_));
    if of_day {
        cursor.eat_any(&["daily", "every day", "each day"]);
    }
    (!bracket || cursor.eat(")")).then_some(window)
}

/// Beginning and end of a window.
fn bounds(cursor: &mut Cursor<'_>) -> Option<Condition> {
    let first = point(cursor)?;
    cursor.eat_any(&["utc", "gmt"]);
    cursor.eat_any(&["and", "to", "until", "-", "–"])?;
    let second = point(cursor)?;
    if !is_zoned(cursor, &second) {
        return None;
    }
    match (first, second) {
        (Point::Day(first), Point::Day(second)) if first != second => {
            Some(Condition::Time(TimeTest::Window(first, second)))
        }
        (Point::Day(_), Point::Day(_)) => {
            cursor
                .ground
                .stop("a time window that begins when it ends can mean all day or never");
            None
        }
        (Point::Moment(first, begins), Point::Moment(second, ends)) if ends != Form::Date => {
            Some(Condition::All(vec![
                Condition::Time(TimeTest::Moment(Order::AtLeast, literal(&first, begins))),
                Condition::Time(TimeTest::Moment(Order::Less, literal(&second, ends))),
            ]))
        }
        (Point::Moment(..), Point::Moment(..)) => {
            cursor
                .ground
                .stop("a date without a time can mean its beginning or its end");
            None
        }
        _ => None,
    }
}

/// Whether the time is said to be UTC; notes that it must be.
fn is_zoned(cursor: &mut Cursor<'_>, point: &Point) -> bool {
    let said =
        cursor.eat_any(&["utc", "gmt", "z"]).is_some() || matches!(point, Point::Moment(_, Form::Zoned));
    if !said {
        cursor
            .ground
            .stop("a time needs its zone, and policies know only UTC");
    }
    said
}

/// As in `datetime("..")`: a date alone is its beginning in UTC.
fn literal(text: &str, form: Form) -> String {
    if form == Form::Date {
        text.to_owned()
    } else {
        format!("{text}Z")
    }
}

fn point(cursor: &mut Cursor<'_>) -> Option<Point> {
    let token = cursor.peek().filter(|token| token.is_word())?;
    if let Some((date, time)) = token
        .text
        .split_once(['T', 't'])
        .filter(|(date, _)| is_date(date))
    {
        let time = time.strip_suffix(['Z', 'z'])?;
        let (minutes, seconds) = clock_with_seconds(time)?;
        cursor.advance(1);
        let text = format!("{date}T{:02}:{:02}:{seconds:02}", minutes / 60, minutes % 60);
        return Some(Point::Moment(text, Form::Zoned));
    }
    let date = cursor.attempt(date);
    if let Some(date) = date {
        let time = cursor.attempt(|cursor| {
            cursor.eat("at");
            time_of_day(cursor)
        });
        return Some(match time {
            Some(minutes) => {
                let text = format!("{date}T{:02}:{:02}:00", minutes / 60, minutes % 60);
                Point::Moment(text, Form::WithTime)
            }
            None => Point::Moment(date, Form::Date),
        });
    }
    time_of_day(cursor).map(Point::Day)
}

/// `2026-01-31`, `31 January 2026`, `January 31 2026`, `January 31, 2026`.
fn date(cursor: &mut Cursor<'_>) -> Option<String> {
    let first = cursor.peek()?;
    if is_date(&first.text) {
        cursor.advance(1);
        return Some(first.text.clone());
    }
    let month = |word: &str| MONTHS.iter().position(|month| *month == word);
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
fn is_date(text: &str) -> bool {
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

/// `09:00`, `9am`, `9:30 pm`, `noon`, `midnight`; in minutes.
fn time_of_day(cursor: &mut Cursor<'_>) -> Option<u32> {
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

fn clock_with_seconds(text: &str) -> Option<(u32, u32)> {
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

/// A moment to compare an argument with: the text in `datetime("..")`, and whether only a date was said.
pub(super) fn moment(cursor: &mut Cursor<'_>) -> Option<(String, bool)> {
    cursor.attempt(|cursor| {
        let point = point(cursor)?;
        let Point::Moment(text, form) = &point else {
            return None;
        };
        // A date of an argument is its beginning in UTC, as Cedar reads it.
        let known = *form == Form::Date || is_zoned(cursor, &point);
        known.then(|| (literal(text, *form), *form == Form::Date))
    })
}
