//! Secrets: never shown, and compared in a time that does not tell how much of them was right.

use std::fmt;
use std::hint::black_box;

/// A secret text. `Debug` does not show it.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Keeps this text secret.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for the one place that needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// What requests are signed with (service.md 2.8).
#[derive(Clone, Debug)]
pub struct SigningKey {
    /// Id of the access key.
    pub access_key: String,
    /// Its secret.
    pub secret: Secret,
    /// The token that comes along, if there is one.
    pub session_token: Option<Secret>,
}

/// Whether two texts are the same. Of texts of one length, all bytes are looked at, whichever differ.
#[must_use]
pub fn same(one: &str, other: &str) -> bool {
    let differ = one
        .bytes()
        .zip(other.bytes())
        .fold(0, |differ, (one, other)| black_box(differ | (one ^ other)));
    one.len() == other.len() && differ == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_the_same_or_not() {
        for (one, other, expected) in [
            ("", "", true),
            ("abc", "abc", true),
            ("abc", "abd", false),
            ("abc", "ab", false),
            ("", "a", false),
        ] {
            assert_eq!(same(one, other), expected, "{one} {other}");
        }
    }

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Secret::new("hidden".to_owned())), "Secret(..)");
    }
}
