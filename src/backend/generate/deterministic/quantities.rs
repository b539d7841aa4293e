//! Numbers among the arguments of tools: which one is meant, and what it counts in (service.md 10.5).

use super::fields::{Field, Type, dotted, fields, find, leaf};
use super::numbers;
use super::words::{split, stems, without};
use crate::model::Tool;

/// Words of which an argument's name is the amount: `coverage_amount` is that of a coverage.
const AMOUNTS: [&str; 5] = ["amount", "value", "total", "sum", "limit"];
/// Words of an argument that holds money.
const MONEY: [&str; 10] = [
    "amount", "price", "cost", "total", "sum", "fee", "payment", "balance", "budget", "limit",
];
/// Units that are a hundredth of a currency's.
const MINOR: [&str; 5] = ["cent", "cents", "pence", "pennies", "minor"];

/// The one number of all these tools that is the amount of what the words name; none when more than one may be.
pub(super) fn amount_of(tools: &[&Tool], said: &[&str]) -> Option<Field> {
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
    let numeric = |field: &Field| {
        let number = matches!(field.of_type, Type::Long | Type::Decimal);
        number
            && (!money
                || split(leaf(field))
                    .iter()
                    .any(|word| MONEY.contains(&word.as_str())))
    };
    let found: Vec<Field> = fields(first).into_iter().filter(numeric).collect();
    let [only] = found.as_slice() else { return None };
    let name = leaf(only);
    for tool in tools {
        let numbers: Vec<Field> = fields(tool).into_iter().filter(numeric).collect();
        if numbers.len() != 1 {
            return None;
        }
    }
    find(tools, &[name]).ok().flatten()
}

/// Whether the number may stand for this argument without its unit: the argument counts in that very unit, or in the
/// currency that was named. Where its words say another currency or a hundredth of one, it does not.
pub(super) fn counts_in(field: &Field, currency: Option<&str>, unit: Option<&str>) -> bool {
    let own: Vec<String> = split(leaf(field))
        .into_iter()
        .chain(split(&field.description))
        .collect();
    let signs = field
        .description
        .split_whitespace()
        .filter_map(|word| numbers::currency(&word.chars().take(1).collect::<String>()));
    if let Some(code) = currency {
        let named = own.iter().filter_map(|word| numbers::currency(word)).chain(signs);
        let other = named.into_iter().any(|named| named != code);
        return !other && !own.iter().any(|word| MINOR.contains(&word.as_str()));
    }
    let Some(unit) = unit else { return true };
    let unit = stems(unit);
    let own: Vec<String> = own.iter().flat_map(|word| stems(word)).collect();
    let percent = unit == ["percent"] && field.description.contains('%');
    percent || (!unit.is_empty() && unit.iter().all(|word| own.contains(word)))
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
        two.input["properties"]["coverage_limit"] = json!({"type": "integer"});
        assert_eq!(amount_of(&[&two], &["coverage"]), None);
    }
}
