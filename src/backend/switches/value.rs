//! What a switch can be.

use std::time::Duration;

/// Characters of a text.
const LONGEST_TEXT: usize = 500;

/// The value of a switch.
pub trait Value: Sized {
    /// Reads what a person wrote.
    fn parse(text: &str) -> Option<Self>;

    /// Writes it so that it is read as the same.
    fn shown(&self) -> String;

    /// What may be written.
    fn allowed() -> String;

    /// Each value with its meaning; empty when they are too many to tell.
    fn meanings() -> Vec<(&'static str, &'static str)> {
        Vec::new()
    }
}

/// One of a few words.
pub trait Word: Copy + PartialEq + 'static {
    /// Each word, its value and its meaning; the default first.
    const WORDS: &'static [(&'static str, Self, &'static str)];
}

impl<W: Word> Value for W {
    fn parse(text: &str) -> Option<Self> {
        Self::WORDS
            .iter()
            .find(|(word, ..)| *word == text)
            .map(|(_, value, _)| *value)
    }

    fn shown(&self) -> String {
        let known = Self::WORDS.iter().find(|(_, value, _)| value == self);
        known.map_or("", |(word, ..)| *word).to_owned()
    }

    fn allowed() -> String {
        let words = Self::WORDS.iter().map(|(word, ..)| format!("`{word}`"));
        words.collect::<Vec<_>>().join(" or ")
    }

    fn meanings() -> Vec<(&'static str, &'static str)> {
        let words = Self::WORDS.iter();
        words.map(|(word, _, meaning)| (*word, *meaning)).collect()
    }
}

/// A whole number from 1 to `MOST`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtMost<const MOST: u32>(u32);

impl<const MOST: u32> AtMost<MOST> {
    /// The number, or the nearest one that is allowed.
    pub const fn new(number: u32) -> Self {
        match number {
            0 => Self(1),
            number if number > MOST => Self(MOST),
            number => Self(number),
        }
    }

    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl<const MOST: u32> Value for AtMost<MOST> {
    fn parse(text: &str) -> Option<Self> {
        let number = text.parse().ok().filter(|number| (1..=MOST).contains(number));
        number.map(Self)
    }

    fn shown(&self) -> String {
        self.0.to_string()
    }

    fn allowed() -> String {
        format!("a whole number from 1 to {MOST}")
    }
}

/// A time that something lasts, or for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime(Option<Duration>);

/// Units of a lifetime, the largest first: letter and seconds.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
const FOR_EVER: &str = "forever";

impl Lifetime {
    /// It never ends.
    pub const FOR_EVER: Self = Self(None);

    /// So long.
    pub const fn of(time: Duration) -> Self {
        Self(Some(time))
    }

    /// How long; none for ever.
    pub fn get(self) -> Option<Duration> {
        self.0
    }
}

impl Value for Lifetime {
    fn parse(text: &str) -> Option<Self> {
        if text == FOR_EVER {
            return Some(Self::FOR_EVER);
        }
        let (unit, seconds) = UNITS.iter().find(|(letter, _)| text.ends_with(*letter))?;
        let number: u64 = text.strip_suffix(*unit)?.parse().ok()?;
        // A thousand years are for ever.
        let time = number
            .checked_mul(*seconds)
            .filter(|time| *time < 31_557_600_000)?;
        Some(Self::of(Duration::from_secs(time)))
    }

    fn shown(&self) -> String {
        let Some(seconds) = self.0.map(|time| time.as_secs()) else {
            return FOR_EVER.to_owned();
        };
        let whole = UNITS.iter().find(|(_, unit)| seconds != 0 && seconds % unit == 0);
        whole.map_or_else(
            || format!("{seconds}s"),
            |(letter, unit)| format!("{}{letter}", seconds / unit),
        )
    }

    fn allowed() -> String {
        format!("a time such as 30s, 10m, 24h or 7d, or `{FOR_EVER}`")
    }
}

/// A text of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(String);

impl Text {
    /// This text.
    pub fn of(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for Text {
    fn parse(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.chars().count() <= LONGEST_TEXT;
        (fits && !text.contains(char::is_control)).then(|| Self::of(text))
    }

    fn shown(&self) -> String {
        self.0.clone()
    }

    fn allowed() -> String {
        format!("a text of one line and at most {LONGEST_TEXT} characters")
    }
}
