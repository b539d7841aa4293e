//! SHA-256 digests over length-prefixed parts, so that no two lists of parts share a digest by concatenation.

use sha2::{Digest as _, Sha256};

/// A SHA-256 digest in lower-case hexadecimal: 64 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(String);

impl Digest {
    /// All 64 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first `n` hexadecimal digits, at most 64.
    #[must_use]
    pub fn short(&self, n: usize) -> &str {
        self.0.get(..n).unwrap_or(&self.0)
    }
}

/// The digest of `parts`, each counted with its length.
#[must_use]
pub fn sha256<'a>(parts: impl IntoIterator<Item = &'a str>) -> Digest {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    shown(hasher)
}

/// The digest of these bytes and nothing else, as `sha256sum` prints it.
#[must_use]
pub fn sha256_of(bytes: &[u8]) -> Digest {
    shown(Sha256::new().chain_update(bytes))
}

fn shown(hasher: Sha256) -> Digest {
    let nibbles = hasher
        .finalize()
        .into_iter()
        .flat_map(|byte| [byte >> 4, byte & 15]);
    Digest(
        nibbles
            .filter_map(|nibble| char::from_digit(u32::from(nibble), 16))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_not_confused_with_their_concatenation() {
        assert_ne!(sha256(["ab", "c"]), sha256(["a", "bc"]));
        assert_ne!(sha256(["abc"]), sha256(["abc", ""]));
        assert_eq!(sha256(["a", "b"]).as_str().len(), 64);
        assert_eq!(sha256(["a"]).short(8).len(), 8);
        assert_eq!(sha256_of(b"a").short(12), "ca978112ca1b");
    }
}
