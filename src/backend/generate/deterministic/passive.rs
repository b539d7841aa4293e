//! What is done, in front of who may do it: `Refunds over $500 are forbidden for ..`, `Tickets may only be deleted by ..`.

use super::actions;
use super::comparisons;
use super::conditions;
use super::cursor::Cursor;
use super::meaning::{Condition, Effect, Rule, What};
use super::statement::{IS_ALLOWED, IS_FORBIDDEN, is_negated, nobody_said, not_all};
use super::verbs::{self, Named};

/// Words in front of what may be done; what `must be` done is a duty, and no leave.
const MAY_BE: [&str; 6] = [
    "may only be",
    "can only be",
    "must only be",
    "should only be",
    "may be",
    "can be",
];
const MAY_NOT_BE: [&str; 8] = [
    "may not be",
    "can not be",
    "must not be",
    "should not be",
    "may never be",
    "can never be",
    "must never be",
    "should never be",
];
/// What is done to things, and doing it, where that is not told by the ending.
const IRREGULAR: [(&str, &str); 22] = [
    ("begun", "beginning"),
    ("bought", "buying"),
    ("built", "building"),
    ("drawn", "drawing"),
    ("frozen", "freezing"),
    ("given", "giving"),
    ("held", "holding"),
    ("hidden", "hiding"),
    ("made", "making"),
    ("overridden", "overriding"),
    ("paid", "paying"),
    ("put", "putting"),
    ("read", "reading"),
    ("reset", "resetting"),
    ("run", "running"),
    ("sent", "sending"),
    ("set", "setting"),
    ("shown", "showing"),
    ("sold", "selling"),
    ("taken", "taking"),
    ("withdrawn", "withdrawing"),
    ("written", "writing"),
];
/// The longest name of what something is done to, in words, and with its limit.
const LONGEST_NAME: usize = 5;
const LONGEST_SUBJECT: usize = 12;

/// `Refunds over $500 are forbidden for users with role x`, `Tickets may only be deleted by users with role x`.
pub(super) fn rule(cursor: &mut Cursor<'_>, only: bool) -> Option<Rule> {
    if !only && let Some(rule) = cursor.attempt(done) {
        return Some(rule);
    }
    cursor.attempt(|cursor| named(cursor, only))
}

/// The tools by their names, and whether they are allowed.
fn named(cursor: &mut Cursor<'_>, only: bool) -> Option<Rule> {
    let what = actions::what(cursor)?;
    let tools = actions::chosen(cursor.ground.tools, &what);
    let amount = comparisons::bare(cursor, &tools);
    let effect = if let Some(words) = cursor.eat_any(&IS_FORBIDDEN) {
        if is_negated(words) {
            not_all(cursor);
        }
        Effect::Forbid
    } else {
        cursor.eat_any(&IS_ALLOWED)?;
        Effect::Permit
    };
    if only && effect == Effect::Forbid {
        return None;
    }
    limited(cursor, effect, what, amount)
}

/// The tool by what is done to what.
fn done(cursor: &mut Cursor<'_>) -> Option<Rule> {
    cursor.eat("the");
    let begins = *cursor;
    let (ahead, mut behind) = (1..=LONGEST_SUBJECT).find_map(|ahead| {
        let mut behind = begins;
        behind.advance_quietly(ahead);
        (behind.stands(&MAY_BE) || behind.stands(&MAY_NOT_BE)).then_some((ahead, behind))
    })?;
    let effect = if behind.eat_any(&MAY_BE).is_some() {
        Effect::Permit
    } else {
        behind.eat_any(&MAY_NOT_BE)?;
        Effect::Forbid
    };
    let doing = doing(&behind.next()?.low)?;
    let longest = begins.run(LONGEST_NAME).min(ahead);
    let (count, (found, doubt)) = (1..=longest).rev().find_map(|count| {
        let found = verbs::doing(begins.ground.tools, &doing, &begins.texts(count));
        Some((count, found.filter(|(found, _)| !found.made)?))
    })?;
    let mut named = Named::default();
    named.add(found, doubt);
    let what = What::These(named.choice);
    cursor.advance(count);
    let amount = if count < ahead {
        let tools = actions::chosen(cursor.ground.tools, &what);
        Some(comparisons::bare(cursor, &tools)?)
    } else {
        None
    };
    if cursor.at() != begins.at() + ahead {
        return None;
    }
    if effect == Effect::Forbid {
        not_all(cursor);
        if let Some(why) = named.doubt {
            cursor.ground.stop(why);
        }
        if cursor.ground.says("only") {
            cursor
                .ground
                .stop("`not` and `only` together can be read in two ways");
        }
    }
    cursor.advance(behind.at() - cursor.at());
    limited(cursor, effect, what, amount)
}

/// What follows, to the end; with the limit that stood behind what something is done to.
fn limited(cursor: &mut Cursor<'_>, effect: Effect, what: What, amount: Option<Condition>) -> Option<Rule> {
    let mut tail = conditions::tail(cursor, &what, true)?;
    tail.attached |= amount.is_some();
    tail.when.extend(amount);
    Some(nobody_said(cursor, effect, what, tail))
}

/// `deleting` for `deleted`.
fn doing(done: &str) -> Option<String> {
    let irregular = IRREGULAR.iter().find(|(participle, _)| *participle == done);
    irregular.map(|(_, doing)| (*doing).to_owned()).or_else(|| {
        let base = done.strip_suffix("ied").map(|base| format!("{base}y"));
        let base = base.or_else(|| done.strip_suffix("ed").map(str::to_owned));
        base.filter(|base| base.len() > 1)
            .map(|base| format!("{base}ing"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_is_told_by_its_ending_or_is_listed() {
        for (done, doing_it) in [
            ("deleted", "deleting"),
            ("submitted", "submitting"),
            ("modified", "modifying"),
            ("sent", "sending"),
        ] {
            assert_eq!(doing(done).as_deref(), Some(doing_it));
        }
        for word in ["delete", "by", "only", "ed"] {
            assert_eq!(doing(word), None, "{word}");
        }
        assert!(IRREGULAR.is_sorted());
    }
}
