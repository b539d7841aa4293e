//! Conditions that cannot be meant to hold together: with them a policy would never permit, and never forbid.

use super::amounts::size;
use super::meaning::{ClaimTest, Condition, FieldTest, Literal, Order, Path, TimeTest};

/// Half minutes of a day: between two minutes there are times, too.
const HALF_MINUTES: u32 = 2 * 24 * 60;

const NEVER: &str = "these never hold together; say `or`, or each in a sentence of its own";

/// Why these cannot be meant to hold together: no number, time or text is as they say, or two of them limit one argument on
/// the same side. What is said of other arguments, and what only one of several must hold, is judged by itself.
pub(super) fn collide(conditions: &[Condition]) -> Option<&'static str> {
    let (mut together, mut alone) = (Vec::new(), Vec::new());
    for condition in conditions {
        flatten(condition, &mut together, &mut alone);
    }
    let mut alone = alone.into_iter();
    let inside = alone.find_map(|one| collide(std::slice::from_ref(one)));
    inside.or_else(|| limits(conditions)).or_else(|| {
        (!some_time(&together) || !some_moment(&together) || !some_text(&together)).then_some(NEVER)
    })
}

/// What holds together, and what holds by itself: the parts of an `or`.
fn flatten<'c>(condition: &'c Condition, together: &mut Vec<&'c Condition>, alone: &mut Vec<&'c Condition>) {
    match condition {
        Condition::All(all) => all.iter().for_each(|one| flatten(one, together, alone)),
        Condition::Any(all) => alone.extend(all),
        Condition::Not(_)
        | Condition::Claim(..)
        | Condition::Field(..)
        | Condition::Time(_)
        | Condition::Authenticated => together.push(condition),
    }
}

fn limits(conditions: &[Condition]) -> Option<&'static str> {
    let limits = limits_in(conditions);
    for (at, one) in limits.iter().enumerate() {
        for other in limits.iter().skip(at + 1).filter(|other| other.0 == one.0) {
            match leave_room(*one, *other) {
                None => return Some("two limits of one argument point to the same side"),
                Some(false) => {
                    return Some("no number is within both limits; say each in a sentence of its own");
                }
                Some(true) => {}
            }
        }
    }
    None
}

/// Whether an argument that the first ones limit is never within a limit of the others.
pub(super) fn are_apart(some: &[Condition], others: &[Condition]) -> bool {
    let (some, others) = (limits_in(some), limits_in(others));
    let apart = |one: &Limit<'_>| {
        let mut of_it = others.iter().filter(|other| other.0 == one.0);
        of_it.any(|other| leave_room(*one, *other) == Some(false))
    };
    some.iter().any(apart)
}

/// Whether no caller is as both say: by a claim that is one text, and another one in the other.
pub(super) fn are_of_other_callers(some: &[Condition], others: &[Condition]) -> bool {
    let claims = some.iter().chain(others);
    let claims: Vec<&Condition> = claims.filter(|one| matches!(one, Condition::Claim(..))).collect();
    !some_text(&claims)
}

/// A limit of an argument.
type Limit<'c> = (&'c Path, Order, &'c Literal);

fn limits_in(conditions: &[Condition]) -> Vec<Limit<'_>> {
    let mut limits = Vec::new();
    for condition in conditions {
        condition.limits(&mut limits);
    }
    limits
}

/// Whether a number is within both limits; none when they point to the same side.
fn leave_room((_, order, number): Limit<'_>, (_, other_order, other): Limit<'_>) -> Option<bool> {
    let is_low = |order: Order| matches!(order, Order::More | Order::AtLeast);
    let is_included = |order: Order| matches!(order, Order::AtLeast | Order::AtMost);
    let (low, high) = match (is_low(order), is_low(other_order)) {
        (true, false) => (size(number), size(other)),
        (false, true) => (size(other), size(number)),
        (true, true) | (false, false) => return None,
    };
    Some(low < high || low == high && is_included(order) && is_included(other_order))
}

/// Whether there is a time of the day that all of them let pass.
fn some_time(together: &[&Condition]) -> bool {
    let holds = |time: &TimeTest, now: u32| match time {
        TimeTest::Moment(..) => true,
        TimeTest::Window(first, last) if first <= last => (2 * first..=2 * last).contains(&now),
        TimeTest::Window(first, last) => now >= 2 * first || now <= 2 * last,
        TimeTest::TimeOfDay(order, minutes) => compares(*order, &now, &(2 * minutes)),
    };
    let times: Vec<&TimeTest> = times(together).collect();
    (0..HALF_MINUTES).any(|now| times.iter().all(|time| holds(time, now)))
}

fn times<'c>(together: &[&'c Condition]) -> impl Iterator<Item = &'c TimeTest> {
    let time = |condition: &&'c Condition| match condition {
        Condition::Time(time) => Some(time),
        Condition::All(_)
        | Condition::Any(_)
        | Condition::Not(_)
        | Condition::Claim(..)
        | Condition::Field(..)
        | Condition::Authenticated => None,
    };
    together.iter().filter_map(time)
}

fn compares<T: Ord>(order: Order, one: &T, other: &T) -> bool {
    match order {
        Order::Less => one < other,
        Order::AtMost => one <= other,
        Order::More => one > other,
        Order::AtLeast => one >= other,
    }
}

/// Whether there is a moment that all of them let pass: the ends of each pair are the right way round.
fn some_moment(together: &[&Condition]) -> bool {
    // A date is its first moment; the texts sort as the moments do.
    let whole = |text: &String| match text.len() {
        10 => format!("{text}T00:00:00Z"),
        _ => text.clone(),
    };
    let bounds: Vec<(Order, String)> = times(together)
        .filter_map(|time| match time {
            TimeTest::Moment(order, text) => Some((*order, whole(text))),
            TimeTest::Window(..) | TimeTest::TimeOfDay(..) => None,
        })
        .collect();
    let is_low = |order: Order| matches!(order, Order::More | Order::AtLeast);
    let both = |one: Order, other: Order| one == Order::AtLeast && other == Order::AtMost;
    let fits = |(low, from): &(Order, String), (high, to): &(Order, String)| {
        from < to || from == to && both(*low, *high)
    };
    let (lows, highs): (Vec<_>, Vec<_>) = bounds.iter().partition(|(order, _)| is_low(*order));
    lows.iter().all(|low| highs.iter().all(|high| fits(low, high)))
}

/// Whether one text can be all that is said of it: what is `a` is not `b`.
fn some_text(together: &[&Condition]) -> bool {
    let of_claim = |condition: &&Condition| match condition {
        Condition::Claim(tag, ClaimTest::Is(values)) => Some((tag.clone(), values.clone())),
        Condition::Field(path, FieldTest::Is(values)) => {
            let text = |value: &Literal| format!("{value:?}");
            Some((format!("{path:?}"), values.iter().map(text).collect()))
        }
        Condition::All(_)
        | Condition::Any(_)
        | Condition::Not(_)
        | Condition::Claim(..)
        | Condition::Field(..)
        | Condition::Time(_)
        | Condition::Authenticated => None,
    };
    let all: Vec<(String, Vec<String>)> = together.iter().filter_map(of_claim).collect();
    all.iter().enumerate().all(|(at, (of, values))| {
        let same = all.iter().skip(at + 1).filter(|(other, _)| other == of);
        same.into_iter()
            .all(|(_, others)| values.iter().any(|value| others.contains(value)))
    })
}
