//! Unquoted words that tell how, how many or which, where a value could stand: each sentence is refused, or means what
//! nobody can read otherwise. `"empty"` is no reason that anybody gives.

use super::oracle::{Sentence, held};
use super::phrases::{Call, tools};
use super::{GATEWAY, refunds};
use crate::backend::generate::Outcome;
use crate::backend::generate::deterministic::values::is_rank;
use crate::backend::generate::deterministic::write;

/// Words that are no values where they stand.
const WORDS: &str = "
    empty blank null nil none undefined unset unspecified missing absent omitted present given provided set specified
    valid invalid acceptable unacceptable allowed permitted forbidden approved unapproved right wrong appropriate
    inappropriate proper correct necessary required sufficient insufficient adequate relevant suitable eligible trusted
    untrusted authorized unauthorized elevated privileged restricted limited unlimited assigned verified unverified known
    unknown suspicious fraudulent unusual strange odd high higher low lower highest top big bigger large small smaller
    short shorter long longer early late new newer old older latest recent current previous former senior junior main
    primary secondary different same similar other another certain some several multiple many few various numerous both
    two three single double special particular specific own good bad better best safe unsafe risky dangerous sensitive
    confidential public private internal external foreign domestic local remote regional nearby busy faulty dirty active
    inactive pending expired closed open complete incomplete partial full urgent important critical temporary permanent
    monthly reasonable excessive negative positive theirs yours mine ours anything something nothing everything anyone
    somebody here there everywhere never always sometimes maybe available unavailable ready true administrative
    managerial powerful stronger weakest busier non-empty up-to-date high-risk third-party read-only EMPTY NULL ANY VALID
    REASONABLE HIGHER
";

/// Where the words stand.
const PLACES: [&str; 36] = [
    "Forbid users from processing refunds when the region is {}",
    "Forbid users from processing refunds when the region is not {}",
    "Forbid users from processing refunds when the note is {}",
    "Forbid users from processing refunds unless the note is {}",
    "Allow users to process refunds when the note is not {}",
    "Forbid users from processing refunds when the region is set to {}",
    "Forbid users from processing refunds when the region equals {}",
    "Forbid users from processing refunds when the region is in {}",
    "Forbid users from processing refunds when the region is one of {}",
    "Forbid users from processing refunds when the region is US or {}",
    "Forbid users from processing refunds when the region contains {}",
    "Forbid users from processing refunds when the region starts with {}",
    "Forbid users from processing refunds when the region is the {}",
    "Forbid {} refunds",
    "Forbid users from processing refunds with a {} note",
    "Forbid users from processing refunds with note {}",
    "Forbid users from processing refunds with region {}",
    "Forbid users with a {} role from processing refunds",
    "Forbid users with the {} role from processing refunds",
    "Forbid users with {} role from processing refunds",
    "Allow users with {} roles to process refunds",
    "Forbid users with role {} from processing refunds",
    "Forbid users whose role is {} from processing refunds",
    "Forbid users whose role is not {} from processing refunds",
    "Forbid users from processing refunds unless the user's role is {}",
    "Forbid users from processing refunds unless they have the {} scope",
    "Allow users with scope {} to process refunds",
    "Forbid users in the {} group from processing refunds",
    "Allow users in group {} to process refunds",
    "Forbid users whose department is {} from processing refunds",
    "Forbid users whose account is {} from processing refunds",
    "Forbid users from processing refunds when username is {}",
    "Forbid users from processing refunds when the username is the {}",
    "Allow users named {} to process refunds",
    "Allow the user {} to process refunds",
    "Allow users with claim tier {} to process refunds",
];

/// What a word says of an argument or claim that is there or not, where it has one meaning.
fn certain(word: &str) -> Option<bool> {
    match word {
        "missing" | "absent" | "omitted" | "unset" | "unspecified" => Some(false),
        "present" | "given" | "provided" | "set" | "specified" | "there" => Some(true),
        _ => None,
    }
}

/// Whether a request is meant.
type Means = Box<dyn Fn(&Call) -> bool>;

/// Whether a sentence that was translated may be: what it means of a request, when anything.
fn meant(place: &str, word: &str) -> Option<Means> {
    if place == "Forbid {} refunds" && matches!(word, "both" | "anyone" | "ANY") {
        return Some(Box::new(|call| call.tool == "process_refund"));
    }
    let turned = place.contains("not {}") != place.contains("unless");
    let subject = place.split(" is ").next()?.split(' ').next_back()?;
    if !place.contains(" is {}") && !place.contains(" is not {}") {
        return None;
    }
    let of: Means = match (subject, word, certain(word)) {
        ("region", "empty" | "EMPTY", _) => Box::new(|call| call.region().is_empty()),
        ("region", _, Some(there)) => Box::new(move |_| there),
        ("note", _, Some(there)) => Box::new(move |call| call.note().is_some() == there),
        ("role", _, Some(there)) => Box::new(move |call| call.role().is_some() == there),
        ("department" | "account" | "username", _, Some(there)) => Box::new(move |_| !there),
        _ => return None,
    };
    Some(Box::new(move |call| {
        call.user() && call.tool == "process_refund" && of(call) != turned
    }))
}

#[test]
fn a_word_that_is_no_value_is_refused_or_has_its_one_meaning() {
    let (mut translated, mut refused, mut wrong) = (0, 0, Vec::new());
    for word in WORDS.split_whitespace() {
        for place in PLACES {
            if place.contains("with role {}") && is_rank(word) {
                continue;
            }
            let text = place.replace("{}", word);
            let drafts = write(&text, &tools(), GATEWAY);
            let [draft] = drafts.as_slice() else {
                wrong.push(format!("{text}: {drafts:?}"));
                continue;
            };
            match (&draft.outcome, meant(place, word)) {
                (Outcome::NotTranslatable(why), _) => {
                    refused += 1;
                    let last = text.split(' ').next_back().unwrap_or_default();
                    assert!(
                        why.contains('`') || why.contains("yes-or-no"),
                        "{text}: {why}, {last}"
                    );
                }
                (Outcome::Statement(_), Some(means)) => match held(&Sentence { text, means }) {
                    Ok(()) => translated += 1,
                    Err(error) => wrong.push(error.to_string()),
                },
                (Outcome::Statement(statement), None) => wrong.push(format!("{text}: {statement}")),
            }
        }
    }
    println!(
        "doubtful words: {translated} translated, {refused} refused, {} wrong",
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        translated > 50,
        "the words with one meaning are translated: {translated}"
    );
}

/// The refusal names the word, and says what to do.
#[test]
fn a_word_that_may_be_a_value_is_named() {
    for (text, told) in [
        (
            "Forbid users from processing refunds when the reason is valid",
            "not understood from `valid`: `valid` may be a value or say something about one; put a value in quotes",
        ),
        (
            "Forbid users from processing refunds when the reason is null",
            "not understood from `null`: `null` can mean a text or that there is none; say `is missing`, or put a text in quotes",
        ),
        (
            "Forbid users with the right scope from processing refunds",
            "not understood from `right scope from processing refunds`: `right` may be a value or say something about one; \
             put a value in quotes",
        ),
        (
            "When the amount is over 500 users may process refunds",
            "not understood from `the amount is over 500 users ..`",
        ),
        ("Allow users to process", "not understood from `process`"),
        (
            "Allow users to",
            "not complete, or not understood as a whole: it ends in `Allow users to`",
        ),
    ] {
        let outcome = write(text, &refunds(), GATEWAY).remove(0).outcome;
        assert_eq!(outcome, Outcome::NotTranslatable(told.to_owned()), "{text}");
    }
}

/// Names and codes stay values without quotes.
#[test]
fn names_and_codes_are_values() {
    for (place, words) in [
        (
            "Allow users with role {} to process refunds",
            "admin manager finance auditor support guest owner gatekeeper senior-adjuster role_7 ADMIN",
        ),
        (
            "Allow users with the {} role to process refunds",
            "admin manager finance auditor editor billing agent senior-adjuster",
        ),
        (
            "Allow users with scope {} to process refunds",
            "refund:write read openid group:Controller a.b",
        ),
        (
            "Allow users whose department is {} to process refunds",
            "finance engineering HR security",
        ),
        (
            "Allow users in the {} group to process refunds",
            "admins managers finance",
        ),
        (
            "Allow users to process refunds when the region is {}",
            "US eu-west-1 EMEA region_2 \"valid\"",
        ),
    ] {
        for word in words.split_whitespace() {
            let text = place.replace("{}", word);
            let outcome = write(&text, &tools(), GATEWAY).remove(0).outcome;
            let Outcome::Statement(statement) = outcome else {
                panic!("{text}: {outcome:?}");
            };
            let word = word.trim_matches('"');
            assert!(
                statement.contains(&format!("== \"{word}\""))
                    || statement.contains(&format!("like \"*{word}*\"")),
                "{text}: {statement}"
            );
        }
    }
}
