//! Words: their stems, and the words that a name is made of.

/// The words of a name in lower case: `process_refund`, `processRefund`, `Process-Refund` and `process refund` are
/// the same two.
pub(super) fn split(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut characters = name.chars().peekable();
    let mut before: Option<char> = None;
    while let Some(c) = characters.next() {
        let next_is_lower = characters.peek().is_some_and(|next| next.is_lowercase());
        // `newLimit` and `APIClassification` begin a word at L and at C.
        let begins = c.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase() || before.is_ascii_digit() || (before.is_uppercase() && next_is_lower)
            });
        if (begins || !c.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        before = Some(c);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// What is common to the forms of a word: `file`, `files`, `filing`; `policy`, `policies`; `get`, `getting`.
pub(super) fn stem(word: &str) -> String {
    let word = word.to_lowercase();
    let singular = singular(&word);
    if singular == "rating" {
        // No form of `rate`.
        return singular;
    }
    let base = match singular.strip_suffix("ing") {
        Some(base) if base.len() >= 3 && base.contains(['a', 'e', 'i', 'o', 'u', 'y']) => undoubled(base),
        _ => &singular,
    };
    base.strip_suffix('e').unwrap_or(base).to_owned()
}

/// The stems of the words of a name.
pub(super) fn stems(name: &str) -> Vec<String> {
    split(name).iter().map(|word| stem(word)).collect()
}

fn singular(word: &str) -> String {
    if word.len() < 4 || ["ss", "us", "is"].iter().any(|end| word.ends_with(end)) {
        return word.to_owned();
    }
    if let Some(base) = word.strip_suffix("ies") {
        return format!("{base}y");
    }
    let sibilant = ["sses", "shes", "ches", "xes", "zes"]
        .iter()
        .any(|end| word.ends_with(end));
    let ending = if sibilant { "es" } else { "s" };
    word.strip_suffix(ending).unwrap_or(word).to_owned()
}

/// `gett` is `get`; `process` and `call` end in two letters of their own.
fn undoubled(base: &str) -> &str {
    let mut ends = base.chars().rev();
    match (ends.next(), ends.next()) {
        (Some(last), Some(before)) if last == before && !['s', 'l', 'e', 'o', 'z'].contains(&last) => {
            base.strip_suffix(last).unwrap_or(base)
        }
        // `cancelling`, `modelling`; not `selling`, `installing`.
        _ if base.len() > 5
            && ["cell", "dell", "bell", "vell"]
                .iter()
                .any(|end| base.ends_with(end)) =>
        {
            base.strip_suffix('l').unwrap_or(base)
        }
        _ => base,
    }
}

/// Words that say how what stands before them belongs to what stands behind: `dev_to_prod`, `orders_per_item`.
const DIRECTIONS: [&str; 14] = [
    "to", "from", "into", "per", "by", "for", "of", "over", "with", "without", "before", "after", "than",
    "as",
];

fn is_directed(words: &[String]) -> bool {
    words.iter().any(|word| DIRECTIONS.contains(&word.as_str()))
}

/// Whether two lists hold the same words, in whatever order, unless one of them says which comes first.
pub(super) fn same(one: &[String], other: &[String]) -> bool {
    if is_directed(one) {
        return one == other;
    }
    let sorted = |words: &[String]| {
        let mut words = words.to_vec();
        words.sort();
        words
    };
    sorted(one) == sorted(other)
}

/// `words` without those of `taken`, each taken once; none when one of `taken` is missing, or they say which comes first and
/// do not stand so.
pub(super) fn without(words: &[String], taken: &[String]) -> Option<Vec<String>> {
    let mut left = words.to_vec();
    if is_directed(taken) && !words.windows(taken.len()).any(|some| some == taken) {
        return None;
    }
    for word in taken {
        let at = left.iter().position(|candidate| candidate == word)?;
        left.remove(at);
    }
    Some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_where_people_see_words() {
        for (name, words) in [
            ("process_refund", &["process", "refund"][..]),
            ("processRefund", &["process", "refund"]),
            ("API_classification", &["api", "classification"]),
            ("APIClassification", &["api", "classification"]),
            ("lakehouse-mcp-target", &["lakehouse", "mcp", "target"]),
            ("newLimit2", &["new", "limit2"]),
            ("___", &[]),
        ] {
            assert_eq!(split(name), words, "{name}");
        }
    }

    #[test]
    fn forms_of_a_word_share_a_stem_and_other_words_do_not() {
        for forms in [
            &["file", "files", "filing"][..],
            &["policy", "policies"],
            &["get", "gets", "getting"],
            &["process", "processes", "processing"],
            &["update", "updating", "updates"],
            &["call", "calling", "calls"],
            &["batch", "batches"],
            &["cancel", "cancels", "canceling", "cancelling"],
            &["install", "installing"],
            &["sell", "selling"],
            &["status"],
        ] {
            let first = stem(forms[0]);
            assert!(forms.iter().all(|form| stem(form) == first), "{forms:?}");
        }
        for (one, other) in [
            ("create", "credit"),
            ("read", "ready"),
            ("string", "str"),
            ("address", "add"),
            ("class", "clas"),
            ("rate", "ratings"),
        ] {
            assert_ne!(stem(one), stem(other));
        }
    }
}
