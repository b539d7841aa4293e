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

/// One of the seeds, edited as `script` says: its first byte chooses the seed, each four bytes after it are an edit
/// (two for the place, one for the kind, one for what).
pub fn edited(seeds: &[&str], script: &[u8]) -> String {
    let (choice, edits) = script.split_first().unwrap_or((&0, &[]));
    let choose = |byte: u8| seeds[usize::from(byte) % seeds.len()];
    let mut text: Vec<char> = choose(*choice).chars().collect();
    for edit in edits.chunks_exact(4) {
        let place = usize::from(u16::from_be_bytes([edit[0], edit[1]])) % (text.len() + 1);
        let length = usize::from(edit[3] % 32).min(text.len() - place);
        let fragment = FRAGMENTS[usize::from(edit[3]) % FRAGMENTS.len()];
        let (range, new): (_, String) = match edit[2] % 6 {
            0 => (place..place + length, String::new()),
            1 => (place..place, fragment.to_owned()),
            2 => (place..place + length.min(1), fragment.to_owned()),
            3 => (place..place, text[place..place + length].iter().collect()),
            4 => (place..place, fragment.repeat(200)),
            _ => {
                let other: Vec<char> = choose(edit[3]).chars().collect();
                let from = place % (other.len() + 1);
                (place..place + length, other[from..].iter().take(60).collect())
            }
        };
        text.splice(range, new.chars());
        text.truncate(LONGEST);
    }
    text.into_iter().collect()
}

#[test]
fn a_script_edits_one_of_the_seeds() {
    let seeds = ["first", "second"];
    assert_eq!(edited(&seeds, &[]), "first");
    assert_eq!(edited(&seeds, &[1]), "second");
    assert_eq!(edited(&seeds, &[0, 0, 1, 0, 2]), "fst");
    assert_eq!(edited(&seeds, &[0, 0, 5, 1, 24]), "first{");
    assert_eq!(edited(&seeds, &[1, 0, 0, 3, 3]), "secsecond");
    assert_eq!(edited(&seeds, &[0, 0, 5, 5, 1]), "firstd");
}
