//! Licence expressions (SPDX), as packages spell them.

use std::collections::BTreeSet;

/// Whether these licences satisfy the expression: `AND` binds closer than `OR`; `/` is the old
/// spelling of `OR`; `A WITH B` is a licence of its own.
pub fn satisfied(expression: &str, allowed: &BTreeSet<String>) -> Result<bool, String> {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let result = any(&mut words, allowed)?;
    match words.next() {
        None => Ok(result),
        Some(word) => Err(format!("`{word}` in `{expression}` follows nothing")),
    }
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any(words: &mut Words, allowed: &BTreeSet<String>) -> Result<bool, String> {
    let mut result = all(words, allowed)?;
    while words.next_if_eq(&"OR").is_some() {
        result |= all(words, allowed)?;
    }
    Ok(result)
}

fn all(words: &mut Words, allowed: &BTreeSet<String>) -> Result<bool, String> {
    let mut result = one(words, allowed)?;
    while words.next_if_eq(&"AND").is_some() {
        result &= one(words, allowed)?;
    }
    Ok(result)
}

fn one(words: &mut Words, allowed: &BTreeSet<String>) -> Result<bool, String> {
    match words.next() {
        Some("(") => {
            let result = any(words, allowed)?;
            words
                .next_if_eq(&")")
                .map(|_| result)
                .ok_or_else(|| "a `)` is missing".to_owned())
        }
        None | Some(")" | "AND" | "OR" | "WITH") => Err("a licence is missing".to_owned()),
        Some(licence) if words.next_if_eq(&"WITH").is_some() => {
            let exception = words.next().ok_or_else(|| "an exception is missing".to_owned())?;
            Ok(allowed.contains(&format!("{licence} WITH {exception}")))
        }
        Some(licence) => Ok(allowed.contains(licence)),
    }
}

#[test]
fn expressions_are_judged_as_spdx_says() {
    let allowed = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"]
        .map(str::to_owned)
        .into();
    for (expression, expected) in [
        ("MIT", Ok(true)),
        ("GPL-3.0", Ok(false)),
        ("GPL-3.0 OR MIT", Ok(true)),
        ("GPL-3.0/MIT", Ok(true)),
        ("GPL-3.0 / MIT", Ok(true)),
        ("MIT AND GPL-3.0", Ok(false)),
        ("MIT AND ISC", Ok(true)),
        ("MIT OR ISC AND GPL-3.0", Ok(true)),
        ("(MIT OR ISC) AND GPL-3.0", Ok(false)),
        ("ISC AND (Apache-2.0 OR ISC)", Ok(true)),
        ("Apache-2.0 WITH LLVM-exception", Ok(true)),
        ("Apache-2.0", Ok(false)),
        ("MIT WITH LLVM-exception", Ok(false)),
    ] {
        assert_eq!(satisfied(expression, &allowed), expected, "{expression}");
    }
    for expression in ["", "MIT OR", "OR MIT", "(MIT", "MIT)", "MIT ISC", "MIT WITH"] {
        assert!(satisfied(expression, &allowed).is_err(), "{expression}");
    }
}
