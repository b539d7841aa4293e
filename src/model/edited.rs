//! Texts that are nearly right, for tests that feed a reader anything.

/// Fragments that readers treat in a way of their own.
const FRAGMENTS: [&str; 40] = [
    "",
    " ",
    "\n",
    "\t",
    "\0",
    "\"",
    "'",
    "`",
    "\\",
    "/",
    "//",
    "/*",
    "#",
    "%",
    "%00",
    "%2F",
    "&",
    "=",
    "?",
    "..",
    ".",
    ",",
    ":",
    ";",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "null",
    "true",
    "-1",
    "1e999",
    "9223372036854775808",
    "$ref",
    "#/",
    "\u{fffd}",
    "\u{1f600}",
    "\u{202e}",
];
/// Characters of a text that grows by its edits.
const LONGEST: usize = 20_000;

/// Edits of one text: with many of them nothing would be left that a reader takes.
const MOST_EDITS: u8 = 8;

/// One of the seeds, edited as `script` says: the first byte chooses the seed, the second how many edits, each four
/// bytes after them are one (two for the place, one for the kind, one for what).
pub(crate) fn edited(seeds: &[&str], script: &[u8]) -> String {
    let (head, edits) = script.split_at(script.len().min(2));
    let (choice, count) = (head.first().unwrap_or(&0), head.get(1).unwrap_or(&0));
    let choose = |byte: u8| seeds[usize::from(byte) % seeds.len()];
    let mut text: Vec<char> = choose(*choice).chars().collect();
    for edit in edits.chunks_exact(4).take(usize::from(count % MOST_EDITS)) {
        let [high, low, kind, what] = [edit[0], edit[1], edit[2], edit[3]];
        let place = usize::from(u16::from_be_bytes([high, low])) % (text.len() + 1);
        let length = usize::from(what % 32).min(text.len() - place);
        let fragment = FRAGMENTS[usize::from(what) % FRAGMENTS.len()];
        let (range, new): (_, String) = match kind % 8 {
            0 => (place..place + length, String::new()),
            1 => (place..place, fragment.to_owned()),
            2 => (place..place, text[place..place + length].iter().collect()),
            3 => (place..place, fragment.repeat(200)),
            4 => {
                let other: Vec<char> = choose(what).chars().collect();
                let from = place % (other.len() + 1);
                (place..place + length, other[from..].iter().take(60).collect())
            }
            // A word for a word: what comes out is as well formed as what went in.
            5 => (word_at(&text, place), fragment.to_owned()),
            _ => {
                let other: Vec<char> = choose(what).chars().collect();
                let from = (usize::from(what) * 7 + usize::from(low) * 13) % other.len();
                (
                    word_at(&text, place),
                    other[word_at(&other, from)].iter().collect(),
                )
            }
        };
        text.splice(range, new.chars());
        text.truncate(LONGEST);
    }
    text.into_iter().collect()
}

/// Where the word around a place is; empty between words.
fn word_at(text: &[char], place: usize) -> std::ops::Range<usize> {
    let within = |c: &&char| c.is_alphanumeric() || matches!(c, '_' | '$' | '#' | '/' | '-' | '.');
    let before = text[..place].iter().rev().take_while(within).count();
    let after = text[place..].iter().take_while(within).count();
    place - before..place + after
}

#[test]
fn a_script_edits_one_of_the_seeds() {
    let seeds = ["first one", "second"];
    assert_eq!(edited(&seeds, &[]), "first one");
    assert_eq!(edited(&seeds, &[1]), "second");
    assert_eq!(
        edited(&seeds, &[0, 0, 0, 1, 0, 2]),
        "first one",
        "no edit is asked for"
    );
    assert_eq!(edited(&seeds, &[0, 1, 0, 1, 0, 2]), "fst one");
    assert_eq!(edited(&seeds, &[0, 1, 0, 9, 1, 24]), "first one{");
    assert_eq!(edited(&seeds, &[1, 1, 0, 0, 2, 3]), "secsecond");
    assert_eq!(edited(&seeds, &[0, 1, 0, 9, 4, 1]), "first onecond");
    assert_eq!(edited(&seeds, &[0, 1, 0, 2, 5, 30]), "null one");
    assert_eq!(edited(&seeds, &[0, 2, 0, 2, 6, 1, 0, 8, 0, 31]), "second o");
}
