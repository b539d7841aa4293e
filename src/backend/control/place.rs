//! Where this backend stands (account and region), and the ids and ARNs that follow from it.

use crate::model::Arn;
use rand::RngExt as _;

/// Characters of the random end of an id (service.md section 3).
const SUFFIX: usize = 10;
const ALPHABET: &[u8; 37] = b"abcdefghijklmnopqrstuvwxyz0123456789_";

/// Account and region.
#[derive(Clone, Debug)]
pub struct Place {
    /// Region, such as `us-east-1`.
    pub region: String,
    /// Twelve-digit account id.
    pub account: String,
}

impl Place {
    /// ARN of an engine here.
    pub fn engine_arn(&self, engine: &str) -> String {
        Arn::engine(&self.region, &self.account, engine).to_string()
    }

    /// ARN of a policy here.
    pub fn policy_arn(&self, engine: &str, policy: &str) -> String {
        Arn::engine(&self.region, &self.account, engine)
            .policy(policy)
            .to_string()
    }

    /// Whether an ARN is of this account and region.
    pub fn holds(&self, arn: &Arn) -> bool {
        arn.region == self.region && arn.account == self.account
    }
}

/// A new id: the name, `-`, and ten random characters of `[a-z0-9_]`.
pub fn new_id(name: &str) -> String {
    let mut random = rand::rng();
    let suffix = (0..SUFFIX).filter_map(|_| ALPHABET.get(random.random_range(0..ALPHABET.len())));
    let suffix: String = suffix.map(|&byte| char::from(byte)).collect();
    format!("{name}-{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_end_in_ten_random_characters() {
        let (one, other) = (new_id("e"), new_id("e"));
        assert_ne!(one, other);
        for id in [one, other] {
            let suffix = id.strip_prefix("e-").unwrap();
            assert_eq!(suffix.len(), 10);
            assert!(
                suffix
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
                "{id}"
            );
        }
    }
}
