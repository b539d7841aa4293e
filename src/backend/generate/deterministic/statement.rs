//! The forms of a requirement: a command (`Allow users to ..`), a statement (`Users may ..`), a condition in front.

use super::actions;
use super::conditions::{self, Tail};
use super::cursor::Cursor;
use super::impossible::collide;
use super::joining::joined_up;
use super::meaning::{Condition, Effect, Rule, What, Who};
use super::passive;
use super::tools;
use super::who::{self, Callers};

pub(super) const GRANTS: [&str; 6] = ["allow", "permit", "let", "enable", "authorize", "grant"];
pub(super) const TAKES: [&str; 11] = [
    "forbid", "block", "deny", "prohibit", "disallow", "prevent", "stop", "ban", "refuse", "disable", "halt",
];
const NOT: [&str; 4] = ["do not", "never", "you must not", "must not"];
pub(super) const POLITE: [&str; 6] = ["please", "kindly", "also", "then", "and", "additionally"];
pub(super) const MAY: [&str; 19] = [
    "should be able to",
    "must be able to",
    "should only be able to",
    "should be allowed to",
    "should be permitted to",
    "should only be allowed to",
    "are allowed to",
    "is allowed to",
    "are permitted to",
    "is permitted to",
    "are only allowed to",
    "is only allowed to",
    "are authorized to",
    "is authorized to",
    "can only",
    "may only",
    "can",
    "may",
    "have access to",
];
pub(super) const MAY_NOT: [&str; 28] = [
    "should not be able to",
    "must not be able to",
    "should never be able to",
    "should not be allowed to",
    "must not be allowed to",
    "should never be allowed to",
    "are not allowed to",
    "is not allowed to",
    "are not permitted to",
    "is not permitted to",
    "are never allowed to",
    "is never allowed to",
    "are not authorized to",
    "is not authorized to",
    "are forbidden to",
    "is forbidden to",
    "are forbidden from",
    "is forbidden from",
    "are prohibited from",
    "is prohibited from",
    "are blocked from",
    "is blocked from",
    "can not",
    "can never",
    "may not",
    "may never",
    "must not",
    "must never",
];
pub(super) const NOBODY: [&str; 8] = [
    "no one",
    "nobody",
    "no user",
    "no users",
    "no principal",
    "no principals",
    "no caller",
    "no callers",
];
pub(super) const IS_ALLOWED: [&str; 9] = [
    "is only allowed",
    "are only allowed",
    "should only be allowed",
    "should be allowed",
    "is allowed",
    "are allowed",
    "is permitted",
    "are permitted",
    "should be permitted",
];
pub(super) const IS_FORBIDDEN: [&str; 21] = [
    "should not be allowed",
    "must not be allowed",
    "should never be allowed",
    "is not allowed",
    "are not allowed",
    "is never allowed",
    "are never allowed",
    "is not permitted",
    "are not permitted",
    "should be blocked",
    "must be blocked",
    "should be forbidden",
    "should be denied",
    "is forbidden",
    "are forbidden",
    "is blocked",
    "are blocked",
    "is denied",
    "are denied",
    "is prohibited",
    "are prohibited",
];

/// The rule that the whole fragment says.
pub(super) fn rule(cursor: &mut Cursor<'_>) -> Option<Rule> {
    while cursor.eat_any(&POLITE).is_some() {}
    let mut probe = *cursor;
    if probe.eat_any(&["when", "if", "whenever"]).is_some() {
        let (rule, behind) = condition_in_front(*cursor, probe)?;
        *cursor = behind;
        return Some(rule);
    }
    let only = cursor.eat("only");
    let refused = !only && cursor.eat_any(&NOT).is_some();
    if let Some(verb) = cursor.eat_any(&GRANTS) {
        if refused {
            not_all(cursor);
        }
        let effect = if refused { Effect::Forbid } else { Effect::Permit };
        return command(cursor, verb, effect, only);
    }
    if !refused
        && !only
        && let Some(verb) = cursor.eat_any(&TAKES)
    {
        return command(cursor, verb, Effect::Forbid, false);
    }
    if refused {
        return bare(cursor);
    }
    said(cursor, only)
}

/// `When the amount is over 500, block users from ..`: the rule behind the comma, under the condition before it.
fn condition_in_front<'g>(start: Cursor<'g>, inside: Cursor<'g>) -> Option<(Rule, Cursor<'g>)> {
    const BEGINNINGS: [&str; 14] = [
        "then",
        "only",
        "users",
        "principals",
        "callers",
        "do not",
        "never",
        "please",
        "everyone",
        "everybody",
        "no one",
        "nobody",
        "all",
        "any",
    ];
    let commas = (0..).map_while(|ahead| start.peek_at(ahead).map(|token| (ahead, token)));
    for (ahead, _) in commas.filter(|(_, token)| token.is(",")) {
        let comma = start.at() + ahead;
        let mut behind = start.from(comma);
        behind.advance_quietly(1);
        let begins = [&GRANTS[..], &TAKES[..], &BEGINNINGS[..]]
            .into_iter()
            .any(|words| behind.stands(words));
        if !begins {
            continue;
        }
        let Some(mut rule) = rule(&mut behind).filter(|_| behind.is_at_end()) else {
            continue;
        };
        if !rule.unless.is_empty() {
            behind
                .ground
                .stop("a condition in front and an exception can be read in two ways");
        }
        let tools = actions::chosen(start.ground.tools, &rule.what);
        let mut inside = inside.until(comma);
        let condition = joined_up(&mut inside, &tools).filter(|_| inside.is_at_end())?;
        rule.when.push(condition);
        if let Some(why) = collide(&rule.when) {
            behind.ground.stop(why);
        }
        return Some((rule, behind));
    }
    None
}

/// What follows `allow` or `forbid`: who and what, or what and perhaps who. `disable cards` is also what a tool may do.
fn command(cursor: &mut Cursor<'_>, verb: &str, effect: Effect, only: bool) -> Option<Rule> {
    if effect == Effect::Permit {
        cursor.eat("only");
    } else if only {
        return None;
    }
    let whom = cursor.attempt(|cursor| who_then_what(cursor, effect));
    if whom.as_ref().is_none_or(|(_, joined)| !joined) && tools::are_about(cursor.ground.tools, verb) {
        cursor.ground.stop_understood(format!(
            "`{verb}` can be what a tool does or what the policy does; say who may or may not do it"
        ));
    }
    whom.map(|(rule, _)| rule)
        .or_else(|| what_then_who(cursor, effect))
}

/// The rule, and whether `to` or `from` stands between who and what.
fn who_then_what(cursor: &mut Cursor<'_>, effect: Effect) -> Option<(Rule, bool)> {
    let callers = who::callers(cursor)?;
    let joined = match effect {
        Effect::Permit => {
            cursor.eat("only");
            let joined = cursor.eat("to");
            cursor.eat("only");
            joined
        }
        Effect::Forbid => cursor.eat_any(&["from ever", "from", "to"]).is_some(),
    };
    let what = actions::what(cursor)?;
    let tail = conditions::tail(cursor, &what, false)?;
    Some((built(cursor, effect, callers, what, tail), joined))
}

/// `Allow refunds under $500`, `Deny access to the delete tool for users with role guest`.
fn what_then_who(cursor: &mut Cursor<'_>, effect: Effect) -> Option<Rule> {
    let what = actions::what(cursor)?;
    let tail = conditions::tail(cursor, &what, true)?;
    Some(nobody_said(cursor, effect, what, tail))
}

/// `Never process refunds`: by anybody. `Do not reboot devices, read telemetry` can say what to do instead, and who is told
/// `You must not book hotels for users` is not one of these.
fn bare(cursor: &mut Cursor<'_>) -> Option<Rule> {
    not_all(cursor);
    let what = actions::what(cursor)?;
    if conditions::several(&what) && !cursor.ground.says("or") {
        cursor
            .ground
            .stop_understood("what stands behind the first tool can be what to do instead; join tools that are forbidden by `or`");
    }
    let tail = conditions::tail(cursor, &what, false)?;
    Some(nobody_said(cursor, Effect::Forbid, what, tail))
}

/// Nobody was named: a permit is for users only, a forbid for everyone.
pub(super) fn nobody_said(cursor: &Cursor<'_>, effect: Effect, what: What, mut tail: Tail) -> Rule {
    let callers = tail.callers.take().unwrap_or_else(|| Callers {
        who: if effect == Effect::Permit {
            Who::Users
        } else {
            Who::Everyone
        },
        authenticated: false,
        when: Vec::new(),
        unless: Vec::new(),
    });
    built(cursor, effect, callers, what, tail)
}

/// `Users with role x may ..`, `No one can ..`, `Refunds over $500 are forbidden`.
fn said(cursor: &mut Cursor<'_>, only: bool) -> Option<Rule> {
    if !only && let Some(rule) = cursor.attempt(nobody) {
        return Some(rule);
    }
    let by_callers = cursor.attempt(|cursor| {
        let callers = who::callers(cursor)?;
        let effect = if let Some(words) = cursor.eat_any(&MAY_NOT) {
            if is_negated(words) {
                not_all(cursor);
            }
            Effect::Forbid
        } else {
            let may = cursor.eat_any(&MAY)?;
            // `may not only` is none of the grammar's; `can never` is told above.
            if may == "have access to" || !cursor.peek()?.is("not") {
                Effect::Permit
            } else {
                return None;
            }
        };
        if only && effect == Effect::Forbid {
            return None;
        }
        if effect == Effect::Permit {
            cursor.eat("only");
        }
        let what = actions::what(cursor)?;
        let tail = conditions::tail(cursor, &what, false)?;
        Some(built(cursor, effect, callers, what, tail))
    });
    by_callers.or_else(|| passive::rule(cursor, only))
}

/// `No one except users with role x may ..`.
fn nobody(cursor: &mut Cursor<'_>) -> Option<Rule> {
    let word = cursor.eat_any(&NOBODY)?;
    let users = word.contains("user");
    let mut callers = Callers {
        who: if users { Who::Users } else { Who::Everyone },
        authenticated: false,
        when: Vec::new(),
        unless: Vec::new(),
    };
    if cursor
        .eat_any(&["except for", "except", "other than", "but"])
        .is_some()
    {
        callers.unless.push(who::others(cursor)?);
    }
    cursor.eat_any(&[
        "should be able to",
        "should be allowed to",
        "is allowed to",
        "are allowed to",
        "is permitted to",
        "can ever",
        "can",
        "may",
        "should",
    ])?;
    not_all(cursor);
    let what = actions::what(cursor)?;
    let tail = conditions::tail(cursor, &what, false)?;
    Some(built(cursor, Effect::Forbid, callers, what, tail))
}

/// Whether something is forbidden by being denied: `may not`, not `is forbidden`.
pub(super) fn is_negated(words: &str) -> bool {
    words.split(' ').any(|word| word == "not" || word == "never")
}

/// `Do not allow everyone to ..`, `Users may not use all tools`: not all of them, or none of them.
pub(super) fn not_all(cursor: &Cursor<'_>) {
    const WHOLE: [&str; 7] = [
        "all",
        "every",
        "everyone",
        "everybody",
        "everything",
        "each",
        "both",
    ];
    if cursor.ground.says("only") {
        cursor.ground.stop_understood(
            "`not` and `only` together can mean never but then, or not then alone; say `forbid .. when ..`, or `allow .. only when ..`",
        );
    }
    if let Some(word) = WHOLE.iter().find(|word| cursor.ground.says(word)) {
        cursor.ground.stop_understood(format!(
            "`not` and `{word}` together can mean not all of them, or none of them; say `no one` or `any`, or `forbid ..`"
        ));
    }
}

fn built(cursor: &Cursor<'_>, effect: Effect, callers: Callers, what: What, tail: Tail) -> Rule {
    if effect == Effect::Permit && tail.attached && !tail.unless.is_empty() {
        // `Allow refunds under $500 unless they are managers` may allow managers more, or nothing.
        cursor
            .ground
            .stop("a limit and an exception can be read in two ways; say each in a sentence of its own");
    }
    let mut who = callers.who;
    let mut when = callers.when;
    when.extend(tail.when);
    let mut unless = callers.unless;
    unless.extend(tail.unless);
    if let Some(why) = collide(&when).or_else(|| collide(&unless)) {
        cursor.ground.stop(why);
    }
    if callers.authenticated && who == Who::Everyone {
        // IAM callers are authenticated, too; a permit is kept to the callers with a token.
        match effect {
            Effect::Permit => who = Who::Users,
            Effect::Forbid => when.push(Condition::Authenticated),
        }
    }
    Rule {
        effect,
        who,
        what,
        when,
        unless,
    }
}
