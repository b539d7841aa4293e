//! Numbers among the arguments of tools: which one is meant, and what it counts in (service.md 10.5).

mod counting;
mod description;

use super::fields::{Field, Type, dotted, fields, find, leaf};
use super::numbers;
use super::words::{noun, nouns, split, stems, without};
use crate::model::Tool;
pub(super) use counting::{UNITS, counts_in, is_ranked, is_scaled, of_another_unit};

/// Words of which an argument's name is the amount: `coverage_amount` is that of a coverage.
const AMOUNTS: [&str; 4] = ["amount", "value", "total", "sum"];
/// Words of an argument that holds money.
const MONEY: [&str; 9] = [
    "amount", "price", "cost", "total", "sum", "fee", "payment", "balance", "budget",
];
/// Words of the argument that a bare comparison is about, beside those of the tool.
const BARE: [&str; 5] = ["amount", "value", "total", "sum", "quantity"];

/// The one number of all these tools that is the amount of what the words name; none when more than one may be.
pub(super) fn amount_of(tools: &[&Tool], said: &[&str]) -> Option<Field> {
    // `the items are over 20` counts them.
    let several = said.last().is_some_and(|last| noun(last) != last.to_lowercase());
    if several {
        return None;
    }
    called(tools, said, &AMOUNTS)
}

/// The one number of all these tools that is what the words name, counted in this unit: `policyTermMonths` is a policy term in
/// months.
pub(super) fn counted_in(tools: &[&Tool], said: &[&str], unit: &str) -> Option<Field> {
    called(tools, said, &[unit])
}

/// The one number of all these tools whose name has the words and one of these.
fn called(tools: &[&Tool], said: &[&str], beside: &[&str]) -> Option<Field> {
    let words: Vec<String> = said.iter().flat_map(|word| stems(word)).collect();
    let is_its_amount = |field: &Field| {
        let number = matches!(field.of_type, Type::Long | Type::Decimal);
        let rest = without(&stems(leaf(field)), &words);
        number
            && rest.is_some_and(
                |rest| matches!(rest.as_slice(), [one] if beside.iter().any(|word| stems(word) == [one.clone()])),
            )
    };
    let mut names: Vec<String> = Vec::new();
    for tool in tools {
        let found: Vec<Field> = fields(tool).into_iter().filter(is_its_amount).collect();
        let [only] = found.as_slice() else { return None };
        names.push(dotted(only));
    }
    names.dedup();
    match names.as_slice() {
        [one] => find(tools, &[one]).ok().flatten(),
        _ => None,
    }
}

/// The one number of these tools that a bare comparison such as `refunds under $500` is about: the only one, or the
/// only one that is money when a currency was named.
pub(super) fn only_number(tools: &[&Tool], money: bool) -> Option<Field> {
    let (first, _) = tools.split_first()?;
    // `costCenter` is no cost.
    let has = |field: &Field, words: &[&str]| {
        split(leaf(field))
            .last()
            .is_some_and(|word| words.contains(&word.as_str()))
    };
    let numeric = |field: &Field| {
        let number = matches!(field.of_type, Type::Long | Type::Decimal);
        number && (!money || has(field, &MONEY))
    };
    let found: Vec<Field> = fields(first).into_iter().filter(numeric).collect();
    let [only] = found.as_slice() else { return None };
    // `users under 18` are not banned for so many days, nor are orders under $1,000 those with such a `unitPrice`.
    let is_bare = |tool: &&Tool| {
        let of_tool: Vec<String> = nouns(&tool.name).into_iter().chain(nouns(&tool.target)).collect();
        let own = nouns(leaf(only));
        own.iter()
            .all(|word| BARE.contains(&word.as_str()) || of_tool.contains(word))
    };
    if !has(only, &BARE) || !tools.iter().all(is_bare) {
        return None;
    }
    let name = leaf(only);
    for tool in tools {
        let numbers: Vec<Field> = fields(tool).into_iter().filter(numeric).collect();
        if numbers.len() != 1 {
            return None;
        }
    }
    find(tools, &[name]).ok().flatten()
}

/// Whether it says in which currency something is: by its name, or since its values are currencies.
pub(super) fn tells_a_currency(field: &Field) -> bool {
    const NAMES: [&str; 4] = ["currency", "curr", "cur", "ccy"];
    let values = match &field.of_type {
        Type::Enumeration(words) => words,
        Type::Text => &field.listed,
        Type::Long | Type::Decimal | Type::Bool | Type::Moment | Type::Texts | Type::Longs | Type::Other => {
            return false;
        }
    };
    let is_code = |word: &String| word.len() == 3 && numbers::currency(word).is_some();
    split(leaf(field))
        .iter()
        .any(|word| NAMES.contains(&word.as_str()))
        || !values.is_empty() && values.iter().all(is_code)
}

#[cfg(test)]
mod tests {
    use super::super::fields::tests::tool;
    use super::*;
    use serde_json::json;

    #[test]
    fn a_unit_is_dropped_only_where_the_argument_counts_in_it() {
        let tool = tool();
        let field = |name: &str| find(&[&tool], &[name]).unwrap().unwrap();
        assert!(counts_in(&field("amount"), Some("USD"), None));
        assert!(!counts_in(&field("amount"), Some("EUR"), None));
        assert!(!counts_in(&field("fee"), Some("USD"), None));
        assert!(counts_in(&field("coverage_amount"), Some("EUR"), None));
        assert!(counts_in(&field("ttl"), None, Some("minutes")));
        assert!(!counts_in(&field("ttl"), None, Some("hours")));
        assert!(!counts_in(&field("amount"), None, Some("items")));
        let told = |name: &str, description: &str| {
            let mut tool = tool.clone();
            tool.input["properties"] = json!({name: {"type": "integer", "description": description}});
            find(&[&tool], &[name]).unwrap().unwrap()
        };
        let both = "Duration in minutes (at most 24 hours)";
        for (name, description, unit, counts) in [
            ("duration", both, "hours", false),
            ("duration", both, "minutes", false),
            ("durationMinutes", both, "minutes", true),
            ("durationMinutes", both, "hours", false),
            ("rate", "In percent of the day", "percent", false),
            ("rate", "In % of all", "percent", true),
            ("rate", "In % of all", "points", false),
        ] {
            assert_eq!(
                counts_in(&told(name, description), None, Some(unit)),
                counts,
                "{name} {description} {unit}"
            );
        }
        for (name, description, counts) in [
            ("copies", "How many", false),
            ("copies", "How many, at 1 USD each", false),
            ("limit", "Discount in percent", false),
            ("limit", "Discount in %", false),
            ("totalDays", "", false),
            ("total", "", true),
            ("bids", "", true),
            ("paid", "What was spent", false),
        ] {
            assert_eq!(
                counts_in(&told(name, description), Some("USD"), None),
                counts,
                "{name} {description}"
            );
        }
    }

    #[test]
    fn a_bare_comparison_is_about_the_only_number() {
        let tool = tool();
        assert_eq!(only_number(&[&tool], false), None);
        let mut simple = tool.clone();
        simple.input["properties"] = json!({"amount": {"type": "integer"}, "count": {"type": "integer"}});
        assert_eq!(only_number(&[&simple], false), None);
        assert_eq!(
            only_number(&[&simple], true)
                .map(|field| dotted(&field))
                .as_deref(),
            Some("amount")
        );
    }

    #[test]
    fn the_amount_of_what_is_named_is_the_one_number_called_so() {
        let tool = tool();
        let found = |said: &str| amount_of(&[&tool], &[said]).map(|field| dotted(&field));
        assert_eq!(found("coverage").as_deref(), Some("coverage_amount"));
        assert_eq!(found("claim"), None, "a claim type is no number");
        let mut two = tool.clone();
        two.input["properties"]["coverage_total"] = json!({"type": "integer"});
        assert_eq!(amount_of(&[&two], &["coverage"]), None);
    }
}
