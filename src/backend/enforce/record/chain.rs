//! What chains the lines of a decision log: each says the SHA-256 of the line before it, so that a line that was
//! changed, added or taken away is found by the one behind it (reliability.md 8.2).

use crate::model::{Digest, sha256_of};
use serde_json::Value;

/// The member of a line with the digest of the line before, without its end; null in the first line of a log.
const BEFORE: &str = "previousSha256";

/// The line, which is an object as JSON, and the link to the one before.
pub fn linked(line: &str, before: Option<&Digest>) -> String {
    let open = line.strip_suffix('}').unwrap_or(line);
    match before {
        Some(before) => format!("{open},\"{BEFORE}\":\"{}\"}}", before.as_str()),
        None => format!("{open},\"{BEFORE}\":null}}"),
    }
}

/// Follows the lines of a log from the first to the last.
#[derive(Debug, Default)]
pub struct Chain {
    lines: u64,
    /// Lines at the beginning that have no link: a version of this program wrote them that knew none.
    unlinked: u64,
    /// What the first line says of the one before it, which is in another file.
    follows: Option<String>,
    before: Option<Digest>,
    broken: Vec<String>,
}

impl Chain {
    /// The next line, without its end.
    pub fn line(&mut self, line: &[u8]) {
        self.lines += 1;
        let digest = sha256_of(line);
        let before = self.before.replace(digest);
        let number = self.lines;
        let Ok(Value::Object(record)) = serde_json::from_slice::<Value>(line) else {
            let what = format!("line {number} is no record; it may have been cut off while it was written");
            return self.broken.push(what);
        };
        match (record.get(BEFORE), before) {
            (None, _) if self.unlinked + 1 == number => self.unlinked = number,
            (Some(Value::String(said)), None) => self.follows = Some(said.clone()),
            (Some(Value::Null), None) => {}
            (Some(said), Some(before)) if said == before.as_str() => {}
            (Some(said), Some(before)) => self.broken.push(format!(
                "line {number} follows {}, and the line before it is {}",
                said.as_str().unwrap_or("nothing"),
                before.as_str()
            )),
            (None, _) | (Some(_), None) => self
                .broken
                .push(format!("line {number} does not say what was before it")),
        }
    }

    /// Where it is broken; nowhere, if it is not.
    #[must_use]
    pub fn broken(&self) -> &[String] {
        &self.broken
    }

    /// What was found, in one line.
    #[must_use]
    pub fn told(&self) -> String {
        let lines = match self.lines {
            0 => return "the log is empty".to_owned(),
            1 => "1 line".to_owned(),
            lines => format!("{lines} lines"),
        };
        let state = if self.broken.is_empty() {
            "unbroken"
        } else {
            "broken"
        };
        let unlinked = match self.unlinked {
            0 => String::new(),
            unlinked => format!(", the first {unlinked} without links"),
        };
        let follows = self.follows.as_ref();
        let follows = follows.map_or_else(String::new, |before| format!(", follows {before}"));
        let last = self.before.as_ref().map_or("", Digest::as_str);
        format!("{lines}, {state}{unlinked}{follows}, ends with {last}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines that follow one another, the first one after this.
    fn lines(before: Option<&str>) -> Vec<String> {
        let mut before = before.map(|before| sha256_of(before.as_bytes()));
        let mut lines = Vec::new();
        for n in 0..5 {
            let line = linked(&format!("{{\"n\":{n}}}"), before.as_ref());
            before = Some(sha256_of(line.as_bytes()));
            lines.push(line);
        }
        lines
    }

    fn broken<'l>(lines: impl IntoIterator<Item = &'l str>) -> (Vec<String>, String) {
        let mut chain = Chain::default();
        for line in lines {
            chain.line(line.as_bytes());
        }
        (chain.broken().to_vec(), chain.told())
    }

    #[test]
    fn a_whole_log_is_unbroken_also_when_it_goes_on_after_another_one() {
        for before in [None, Some("{}")] {
            let lines = lines(before);
            let (broken, told) = broken(lines.iter().map(String::as_str));
            assert_eq!(broken, [""; 0]);
            let last = sha256_of(lines[4].as_bytes());
            let expected = match before {
                None => format!("5 lines, unbroken, ends with {}", last.as_str()),
                Some(before) => format!(
                    "5 lines, unbroken, follows {}, ends with {}",
                    sha256_of(before.as_bytes()).as_str(),
                    last.as_str()
                ),
            };
            assert_eq!(told, expected);
        }
        assert_eq!(broken([]).1, "the log is empty");
        // The digest is that of the line as any tool counts it.
        assert_eq!(
            lines(Some("{}"))[0],
            "{\"n\":0,\"previousSha256\":\"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\"}"
        );
    }

    #[test]
    fn whatever_is_done_to_a_line_breaks_it_there() {
        let whole = lines(None);
        let refs = || whole.iter().map(String::as_str).collect::<Vec<_>>();
        let at = |lines: &[&str]| {
            let (broken, told) = broken(lines.iter().copied());
            assert!(told.contains("broken"), "{told}");
            let numbers = broken
                .iter()
                .map(|text| text.split(' ').nth(1).unwrap().to_owned());
            numbers.collect::<Vec<_>>()
        };
        // Changed.
        let changed = whole[1].replace("\"n\":1", "\"n\":7");
        let mut some = refs();
        some[1] = &changed;
        assert_eq!(at(&some), ["3"]);
        // Taken away, also the first one, of which it is known that nothing was before it.
        for gone in 1..4 {
            let mut some = refs();
            some.remove(gone);
            assert_eq!(at(&some), [(gone + 1).to_string()]);
        }
        // Added, exchanged, cut off, written by another hand.
        let mut some = refs();
        some.insert(2, whole[0].as_str());
        assert_eq!(at(&some), ["3", "4"]);
        let mut some = refs();
        some.swap(1, 2);
        assert_eq!(at(&some), ["2", "3", "4"]);
        let cut = &whole[2][..10];
        let mut some = refs();
        some[2] = cut;
        assert_eq!(at(&some), ["3", "4"]);
        let mut some = refs();
        some[2] = "{\"n\":2}";
        assert_eq!(at(&some), ["3", "4"]);
    }

    #[test]
    fn lines_of_a_version_that_knew_no_links_are_counted() {
        let before = ["{\"n\":-2}", "{\"n\":-1}"];
        let mut all: Vec<String> = before.map(str::to_owned).to_vec();
        all.extend(lines(Some(before[1])));
        let (none, told) = broken(all.iter().map(String::as_str));
        assert_eq!(none, [""; 0]);
        assert!(
            told.starts_with("7 lines, unbroken, the first 2 without links, ends"),
            "{told}"
        );
        // They are held by the first line that has one.
        let all = all.iter().enumerate();
        let changed = all.map(|(n, line)| if n == 1 { "{\"n\":-3}" } else { line.as_str() });
        assert_eq!(broken(changed).0.len(), 1);
    }
}
