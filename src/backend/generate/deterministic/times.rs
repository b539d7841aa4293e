//! Times of the call, in UTC and said so (service.md 8.8, 10.8): `context.system.now`.
//!
//! A window of the day includes its beginning and its end, as in the policies that AWS prints for such sentences. A date stands
//! for its first instant, so it is taken only where that is what the words mean: `before`, `from`, `since`, `on or after`. `from`
//! a date `to` a date, and a month, are whole days of UTC.

mod held;

use super::calendar::{at_a_time, clock_with_seconds, date, is_date, month, next_day, time_of_day};
use super::cursor::Cursor;
use super::meaning::{Condition, Order, TimeTest};
use crate::model::Tool;
use held::hold_times;

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

/// Subjects that an argument of the tool may also be called.
const OPEN_SUBJECTS: [&str; 3] = ["the time is", "the date is", "time is"];

/// A condition about the time. Every time must be followed by `UTC` or hold `Z`. Whole days need not, but must be said to be about
/// the call: `limits` says that `only` or `except` stands before. Of a call whose arguments hold times, only `the current time is ..`
/// and the like is told from those.
pub(super) fn condition(cursor: &mut Cursor<'_>, tools: &[&Tool], limits: bool) -> Option<Condition> {
    cursor.attempt(|cursor| {
        let subject = cursor.eat_any(&SUBJECTS);
        let begins = *cursor;
        let of_days = cursor.attempt(|cursor| days(cursor, subject));
        let in_days = of_days.is_some();
        let found = of_days
            .or_else(|| cursor.attempt(window))
            .or_else(|| compared(cursor))?;
        let of_data = subject.is_none_or(|subject| OPEN_SUBJECTS.contains(&subject)) && hold_times(tools);
        // `since`, `between` and the like with a date, too: `view orders since 2026-01-01 UTC`.
        let plain = begins.stands(&["from", "in", "on"]) && in_days
            || begins.stands(&["from", "since", "between"]) && !tools.is_empty() && is_of_moments(&found);
        match subject {
            Some(subject) if of_data => {
                let word = subject.trim_start_matches("the ").trim_end_matches(" is");
                cursor.ground.stop(format!(
                    "`the {word}` can be an argument of the tool or the time of the call; say `the current {word}`"
                ));
            }
            None if of_data || plain && !limits => {
                let said = begins.texts(cursor.at() - begins.at()).join(" ");
                let subject = if in_days { "date" } else { "time" };
                let is = said.strip_prefix("on ").unwrap_or(&said);
                cursor.ground.stop(format!(
                    "`{said}` can be about the data or the time of the call; say `the current {subject} is {is}`, if that is meant"
                ));
            }
            _ => {}
        }
        Some(found)
    })
}

/// The same, and another one behind `or`: `before 8:00 UTC or after 18:00 UTC`.
pub(super) fn either(cursor: &mut Cursor<'_>, tools: &[&Tool], limits: bool) -> Option<Condition> {
    let first = condition(cursor, tools, limits)?;
    let other = cursor.attempt(|cursor| {
        cursor.eat_any(&[", or", "or"])?;
        condition(cursor, tools, limits)
    });
    Some(match other {
        Some(other) => Condition::Any(vec![first, other]),
        None => first,
    })
}

fn is_of_moments(found: &Condition) -> bool {
    let is_one = |one: &Condition| matches!(one, Condition::Time(TimeTest::Moment(..)));
    is_one(found) || matches!(found, Condition::All(all) if all.iter().any(is_one))
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
        Point::Day(0) => {
            cursor
                .ground
                .stop("midnight can be where a day begins or where it ends; say a window, such as `between 10pm and 11:59pm UTC`");
            return None;
        }
        Point::Day(minutes) => TimeTest::TimeOfDay(*order, minutes),
    }))
}

/// `from 2025-02-01 to 2025-02-28`, `during January 2025`, `on 2025-02-01`, `the current date is 2025-02-01`: whole days of UTC.
fn days(cursor: &mut Cursor<'_>, subject: Option<&str>) -> Option<Condition> {
    let is_a_day = subject.is_some_and(|subject| subject.ends_with("date is"));
    let word = cursor.eat_any(&["from", "during", "in", "on"]);
    let word = word.or_else(|| is_a_day.then_some("on"))?;
    let (first, end) = if word == "on" {
        let day = date(cursor)?;
        let end = next_day(&day)?;
        (day, end)
    } else if word == "from" {
        let first = date(cursor)?;
        cursor.eat_any(&["to", "through"])?;
        let last = date(cursor)?;
        if last < first {
            cursor.ground.stop("the days end before they begin");
            return None;
        }
        (first, next_day(&last)?)
    } else {
        let month = month(&cursor.peek()?.low)?;
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
    if at_a_time(&mut { *cursor }).is_some() {
        return None;
    }
    cursor.eat_any(&["utc", "gmt"]);
    let bound = |order, date: &str| Condition::Time(TimeTest::Moment(order, format!("{date}T00:00:00Z")));
    Some(Condition::All(vec![
        bound(Order::AtLeast, &first),
        bound(Order::Less, &end),
    ]))
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
        let time = cursor.attempt(at_a_time);
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
