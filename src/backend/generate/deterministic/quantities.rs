//! Numbers among the arguments of tools: which one is meant, and what it counts in (service.md 10.5).

use super::fields::{Field, Type, dotted, fields, find, leaf};
use super::numbers;
use super::words::{noun, nouns, split, stems, without};
use crate::model::Tool;
use std::collections::BTreeSet;

/// Words of which an argument's name is the amount: `coverage_amount` is that of a coverage.
const AMOUNTS: [&str; 4] = ["amount", "value", "total", "sum"];
/// Words of an argument that holds money.
const MONEY: [&str; 9] = [
    "amount", "price", "cost", "total", "sum", "fee", "payment", "balance", "budget",
];
/// Words of the argument that a bare comparison is about, beside those of the tool.
const BARE: [&str; 5] = ["amount", "value", "total", "sum", "quantity"];
/// Words by which an argument counts in something else than a whole unit of a currency.
const SCALES: [&str; 34] = [
    "k",
    "000s",
    "multiplied",
    "implied",
    "decimals",
    "subunit",
    "subunits",
    "local",
    "change",
    "delta",
    "difference",
    "annual",
    "smallest",
    "minor",
    "micro",
    "micros",
    "hundred",
    "hundreds",
    "thousand",
    "thousands",
    "million",
    "millions",
    "fraction",
    "ratio",
    "bps",
    "point",
    "points",
    "token",
    "tokens",
    "btc",
    "eth",
    "bitcoin",
    "crypto",
    "percent",
];
/// Other currencies than those that a sentence may name.
const OTHER_CURRENCIES: [&str; 38] = [
    "aud", "nzd", "sek", "nok", "dkk", "pln", "czk", "huf", "ron", "bgn", "hkd", "sgd", "krw", "idr", "myr",
    "thb", "vnd", "brl", "mxn", "ars", "clp", "zar", "ngn", "kes", "egp", "ils", "aed", "pound", "pounds",
    "sterling", "franc", "francs", "yuan", "peso", "pesos", "krona", "rupee", "won",
];
/// More spellings of units, by which an argument counts in another than a sentence names.
const SPELLINGS: [&str; 45] = [
    "ms",
    "msec",
    "millisecond",
    "milliseconds",
    "microsecond",
    "microseconds",
    "nanosecond",
    "nanoseconds",
    "sec",
    "secs",
    "min",
    "mins",
    "hr",
    "hrs",
    "mg",
    "oz",
    "lb",
    "lbs",
    "ton",
    "tons",
    "tonne",
    "tonnes",
    "kib",
    "mib",
    "gib",
    "tb",
    "tib",
    "mm",
    "cm",
    "meter",
    "mile",
    "kilometer",
    "ft",
    "feet",
    "inch",
    "inches",
    "fraction",
    "ratio",
    "decimal",
    "bps",
    "micro",
    "micros",
    "megabytes",
    "gigabytes",
    "kilobytes",
];
/// Units that are a hundredth of a currency's.
const MINOR: [&str; 5] = ["cent", "cents", "pence", "pennies", "minor"];
/// More words that stand beside money, in a name or a description.
const WORTH: [&str; 17] = [
    "value",
    "worth",
    "money",
    "dollars",
    "charge",
    "spend",
    "salary",
    "revenue",
    "income",
    "refund",
    "premium",
    "coverage",
    "deposit",
    "withdrawal",
    "transfer",
    "loan",
    "bid",
];
/// Units; those that an argument counts in are dropped.
pub(super) const UNITS: [&str; 48] = [
    "item",
    "items",
    "unit",
    "units",
    "piece",
    "pieces",
    "second",
    "seconds",
    "minute",
    "minutes",
    "hour",
    "hours",
    "day",
    "days",
    "week",
    "weeks",
    "month",
    "months",
    "year",
    "years",
    "gram",
    "grams",
    "kg",
    "kilogram",
    "kilograms",
    "pound",
    "pounds",
    "km",
    "kilometers",
    "miles",
    "meters",
    "percent",
    "points",
    "people",
    "persons",
    "seats",
    "records",
    "rows",
    "bytes",
    "kb",
    "mb",
    "gb",
    "characters",
    "words",
    "tokens",
    "shares",
    "nights",
    "cents",
];

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

/// Whether the number may stand for this argument without its unit: the argument counts in that very unit, or in the
/// currency that was named. Where its words say another currency or a hundredth of one, or nothing of money, it does not; nor
/// where they say two units (`in minutes, at most 24 hours`) and its name none.
pub(super) fn counts_in(field: &Field, currency: Option<&str>, unit: Option<&str>) -> bool {
    let name = split(leaf(field));
    let own: Vec<String> = name.iter().cloned().chain(split(&field.description)).collect();
    let is_in = |list: &[&str]| {
        let listed: Vec<String> = list.iter().flat_map(|word| stems(word)).collect();
        own.iter()
            .flat_map(|word| stems(word))
            .any(|word| listed.contains(&word))
    };
    let (by_name, by_words) = (units(&name), units(&own));
    let percent = field.description.contains('%').then(|| "percent".to_owned());
    let by_words: BTreeSet<String> = by_words.into_iter().chain(percent).collect();
    if let Some(code) = currency {
        let signs = field
            .description
            .split_whitespace()
            .filter_map(|word| numbers::currency(&word.chars().take(1).collect::<String>()));
        let words = own.iter().filter_map(|word| numbers::currency(word));
        let named: BTreeSet<&str> = words.chain(signs).collect();
        // `in the customer's currency`
        let is_of_another = named.is_empty() && is_in(&["currency"]);
        let is_scaled = is_of_another
            || is_in(&SCALES)
            || is_in(&OTHER_CURRENCIES)
            || field.description.contains("1/100");
        let is_money = named.contains(code)
            || by_name.is_empty() && !by_words.contains("percent") && (is_in(&MONEY) || is_in(&WORTH));
        return named.iter().all(|named| *named == code) && !is_in(&MINOR) && !is_scaled && is_money;
    }
    let Some(unit) = unit else { return true };
    let counts = if by_name.is_empty() { by_words } else { by_name };
    counts.into_iter().eq(stems(unit))
}

/// The units among these words, each as of one.
fn units(words: &[String]) -> BTreeSet<String> {
    let all = UNITS.iter().chain(&SPELLINGS);
    let all: Vec<String> = all.flat_map(|unit| stems(unit)).collect();
    let said = words.iter().flat_map(|word| stems(word));
    let found = said.filter(|word| all.contains(word));
    // `in g`, where other letters are no units.
    let behind_in = words.windows(2).filter_map(|pair| match pair {
        [before, letter] if before == "in" && letter.len() == 1 => Some(letter.clone()),
        _ => None,
    });
    found.chain(behind_in).collect()
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
            ("copies", "How many, at 1 USD each", true),
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
