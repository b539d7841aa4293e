//! A yes-or-no argument by its own words: `the product is eligible` is `productEligible`, and not one of them is missing.

use super::cursor::Cursor;
use super::fields::{self, Field, Type, leaf};
use super::meaning::{Condition, FieldTest, Literal};
use super::who;
use super::words::{nouns, same};
use crate::model::Tool;

/// The longest subject and the longest predicate, in words.
const LONGEST: usize = 5;
/// What names of such arguments begin with, and sentences say as their verb.
const VERBS: [&str; 3] = ["is", "has", "was"];

/// What stands in descriptions between what they are about and how it is.
const VERBS_OF_STATES: [&str; 8] = ["is", "was", "are", "were", "has been", "have been", "has", "have"];

/// `the product is eligible`, `the risk score has not been submitted`: the one yes-or-no argument of all these tools that is
/// called so. Nothing may follow that goes on with it.
pub(super) fn condition(cursor: &mut Cursor<'_>, tools: &[&Tool]) -> Option<Condition> {
    let yes_or_no = |tool: &&Tool| {
        fields::fields(tool)
            .iter()
            .any(|field| field.of_type == Type::Bool)
    };
    if !tools.iter().all(yes_or_no) {
        return None;
    }
    cursor.looking(|cursor| {
        cursor.eat_article();
        let subject = cursor.run(LONGEST);
        if subject == 0 {
            return None;
        }
        let mut said = cursor.texts(subject);
        let of_a_caller = (0..subject)
            .filter_map(|ahead| cursor.peek_at(ahead))
            .any(who::is_of_a_caller);
        cursor.advance_quietly(subject);
        let negated = verb(cursor)?;
        let predicate = cursor.run(LONGEST);
        if predicate == 0 {
            return None;
        }
        let subject = said.clone();
        said.extend(cursor.texts(predicate));
        cursor.advance_quietly(predicate);
        let ends = ["and", "or", ",", ")", "unless", "when", "if"];
        if cursor
            .peek()
            .is_some_and(|next| !ends.iter().any(|end| next.is(end)))
        {
            return None;
        }
        let predicate = said.get(subject.len()..).unwrap_or_default();
        let field = called(tools, &said).or_else(|| told_of(tools, &subject, predicate))?;
        if of_a_caller {
            cursor.ground.stop(format!(
                "`{}` can be about the caller or about an argument of the tool; say `{} is true`",
                said.join(" "),
                leaf(&field)
            ));
            return None;
        }
        if !matches!(fields::find(tools, &subject), Ok(None)) {
            cursor.ground.stop(format!(
                "`{}` can be about two arguments of the tool",
                said.join(" ")
            ));
            return None;
        }
        let is = Condition::Field(field.path, FieldTest::Is(vec![Literal::Bool(true)]));
        Some(is.negated_if(negated))
    })
}

/// Goes past the verb; whether it is negated.
fn verb(cursor: &mut Cursor<'_>) -> Option<bool> {
    cursor.eat_any(&["is", "are", "was", "were", "has", "have"])?;
    let negated = cursor.eat("not");
    cursor.eat("been");
    Some(negated)
}

/// `the expense is flagged` behind `approve_expense`: the argument whose description says just that of what the tool is about
/// (`Whether the expense was flagged`). It does not where it speaks of something else, or of what the call makes of it.
fn told_of(tools: &[&Tool], subject: &[&str], predicate: &[&str]) -> Option<Field> {
    const BEGINNINGS: [&str; 4] = ["whether ", "true if ", "if ", ""];
    const ENDS: [char; 5] = ['.', ',', ';', '(', '\n'];
    let of_tool = |tool: &&Tool| {
        let own = nouns(&tool.name);
        let mut words = subject.iter().flat_map(|word| nouns(word));
        words.all(|word| own.contains(&word))
    };
    let field = called(tools, predicate)?;
    let described = field.description.to_lowercase();
    let described = described.split(ENDS).next().unwrap_or_default().trim();
    let described = BEGINNINGS
        .iter()
        .find_map(|begin| described.strip_prefix(begin))?;
    let (subject, predicate) = (
        subject.join(" ").to_lowercase(),
        predicate.join(" ").to_lowercase(),
    );
    let says = |who: &str| {
        let mut verbs = VERBS_OF_STATES.iter();
        verbs.any(|verb| {
            let behind = described.strip_prefix(&format!("{who} {verb} {predicate}"));
            // `The claim was reviewed by an adjuster`.
            behind.is_some_and(|behind| behind.is_empty() || behind.starts_with(" by a"))
        })
    };
    let states = says(&format!("the {subject}")) || says(&format!("this {subject}")) || says("it");
    (states && tools.iter().all(of_tool)).then_some(field)
}

/// The argument whose name has these words and no others, in every one of the tools in the same place.
fn called(tools: &[&Tool], said: &[&str]) -> Option<Field> {
    let words: Vec<String> = said.iter().flat_map(|word| nouns(word)).collect();
    let is_called = |field: &Field| {
        let own = nouns(leaf(field));
        let own = match own.split_first() {
            Some((first, rest)) if VERBS.iter().any(|verb| nouns(verb) == [first.clone()]) => rest.to_vec(),
            _ => own,
        };
        field.of_type == Type::Bool && same(&own, &words)
    };
    let mut name: Option<String> = None;
    for tool in tools {
        let all = fields::fields(tool);
        let found: Vec<&Field> = all.iter().filter(|field| is_called(field)).collect();
        let [only] = found.as_slice() else { return None };
        if name.as_deref().is_some_and(|name| name != fields::dotted(only)) {
            return None;
        }
        name = Some(fields::dotted(only));
    }
    fields::find(tools, &[name?.as_str()]).ok().flatten()
}
