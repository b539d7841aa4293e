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
    let singular = singular(&word.to_lowercase());
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

/// A noun in the singular: `listings` are no `list`, `planes` no `plan`.
pub(super) fn noun(word: &str) -> String {
    singular(&word.to_lowercase())
}

/// The words as nouns.
pub(super) fn as_nouns(words: &[String]) -> Vec<String> {
    words.iter().map(|word| noun(word)).collect()
}

/// The words of a name as nouns.
pub(super) fn nouns(name: &str) -> Vec<String> {
    as_nouns(&split(name))
}

/// Whether both are forms of one verb: `file`, `files`, `filing`; `get`, `getting`; not `scrape` and `scrap`, nor `state` and
/// `stats`.
fn same_verb(one: &str, other: &str) -> bool {
    let is_done = |doing: &str, verb: &str| {
        let base = doing.strip_suffix("ing").filter(|base| base.contains(is_vowel));
        base.is_some_and(|base| {
            verb == base && !is_doubled(base)
                || verb.strip_suffix('e') == Some(base)
                || verb == undoubled(base) && verb != base
        })
    };
    let (one, other) = (noun(one), noun(other));
    one == other || is_done(&one, &other) || is_done(&other, &one)
}

fn is_vowel(c: char) -> bool {
    "aeiouy".contains(c)
}

/// Whether a verb of one syllable doubles its last letter before `ing`: `scrap`, `get`; not `rent`, `read`, `view`.
fn is_doubled(verb: &str) -> bool {
    let vowels = verb.chars().filter(|c| is_vowel(*c)).count();
    let mut ends = verb.chars().rev();
    let (last, before) = (ends.next(), ends.next());
    vowels == 1 && last.is_some_and(|c| !is_vowel(c) && !"wx".contains(c)) && before.is_some_and(is_vowel)
}

/// The stems of the words of a name.
pub(super) fn stems(name: &str) -> Vec<String> {
    split(name).iter().map(|word| stem(word)).collect()
}

/// Nouns of which the plural has an `es` that is no part of them.
const IN_US: [&str; 8] = [
    "bonus", "status", "campus", "virus", "bus", "census", "focus", "corpus",
];

fn singular(word: &str) -> String {
    if word.len() < 4 || ["ss", "us", "is"].iter().any(|end| word.ends_with(end)) {
        return word.to_owned();
    }
    if let Some(base) = word.strip_suffix("ies") {
        return format!("{base}y");
    }
    if let Some(base) = word.strip_suffix("es").filter(|base| IN_US.contains(base)) {
        return base.to_owned();
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

/// Verbs that are nouns, too, or that names have behind what they are done to.
const VERBS: [&str; 24] = [
    "process", "update", "view", "read", "search", "query", "check", "change", "transfer", "export",
    "import", "upload", "download", "lookup", "access", "edit", "create", "delete", "get", "list", "cancel",
    "approve", "refund", "issue",
];

/// Words that say how what stands before them belongs to what stands behind: `dev_to_prod`, `orders_per_item`.
const DIRECTIONS: [&str; 14] = [
    "to", "from", "into", "per", "by", "for", "of", "over", "with", "without", "before", "after", "than",
    "as",
];

fn is_directed(words: &[String]) -> bool {
    words.iter().any(|word| DIRECTIONS.contains(&word.as_str()))
}

/// The stems of these words.
pub(super) fn stemmed(words: &[String]) -> Vec<String> {
    words.iter().map(|word| stem(word)).collect()
}

/// Whether two lists hold the same stems, in whatever order, unless one of them says which comes first.
pub(super) fn same(one: &[String], other: &[String]) -> bool {
    let sorted = |words: &[String]| {
        let mut words = words.to_vec();
        words.sort();
        words
    };
    one == other || !is_directed(one) && sorted(one) == sorted(other)
}

/// Whether these are the same words in the same order, of which the first one, as a verb, may have any form.
pub(super) fn alike(one: &[String], other: &[String]) -> bool {
    match (one.split_first(), other.split_first()) {
        (Some((verb, object)), Some((own, of))) => same_verb(verb, own) && as_nouns(object) == as_nouns(of),
        _ => false,
    }
}

/// Whether words stand for a name: as they are there, or with the verb behind: `coverage updates` for `update_coverage`;
/// not `report users` for `user_report`.
pub(super) fn stands_for(words: &[String], name: &[String]) -> bool {
    alike(words, name) || !is_directed(name) && (is_turned(words, name) || is_turned(name, words))
}

/// Whether the first list is the second one with its first word, a verb, as the last.
fn is_turned(turned: &[String], straight: &[String]) -> bool {
    let (Some((last, before)), Some((verb, object))) = (turned.split_last(), straight.split_first()) else {
        return false;
    };
    let does = noun(last).ends_with("ing") || VERBS.iter().any(|known| stem(known) == stem(verb));
    does && same_verb(last, verb) && !object.is_empty() && as_nouns(before) == as_nouns(object)
}

/// Whether words stand for a name, with words of its target among them.
pub(super) fn within(words: &[String], name: &[String], target: &[String]) -> bool {
    let Some(more) = words.len().checked_sub(name.len()).filter(|more| *more > 0) else {
        return false;
    };
    let target = stemmed(target);
    // The words that the target has, as many as there are too many, from the front or from the back.
    let rest = |order: &mut dyn Iterator<Item = usize>| {
        let mut left = target.clone();
        let mut taken = Vec::new();
        for at in order {
            let word = words.get(at).map(|word| stem(word));
            let place = left.iter().position(|own| Some(own) == word.as_ref());
            if let Some(place) = place.filter(|_| taken.len() < more) {
                left.remove(place);
                taken.push(at);
            }
        }
        let kept = words.iter().enumerate().filter(|(at, _)| !taken.contains(at));
        kept.map(|(_, word)| word.clone()).collect::<Vec<_>>()
    };
    let count = words.len();
    [rest(&mut (0..count)), rest(&mut (0..count).rev())]
        .iter()
        .any(|rest| stands_for(rest, name))
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

    #[test]
    fn forms_of_a_verb_are_one_and_verbs_that_only_look_alike_are_not() {
        for (one, other) in [
            ("file", "filing"),
            ("get", "getting"),
            ("cancel", "cancelling"),
            ("cancel", "canceling"),
            ("process", "processing"),
            ("view", "views"),
            ("rent", "renting"),
            ("scrape", "scraping"),
            ("scrap", "scrapping"),
            ("apply", "applies"),
            ("use", "using"),
            ("sell", "selling"),
            ("add", "adding"),
        ] {
            assert!(same_verb(one, other) && same_verb(other, one), "{one} {other}");
        }
        for (one, other) in [
            ("state", "stats"),
            ("scrap", "scrape"),
            ("scrap", "scraping"),
            ("plan", "plane"),
            ("care", "car"),
            ("str", "string"),
        ] {
            assert!(!same_verb(one, other) && !same_verb(other, one), "{one} {other}");
        }
    }
}
