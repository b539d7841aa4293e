//! AWS names of policy engines, policies, policy generations and gateways (service.md section 3), and names of objects.

use super::{Digest, sha256};

/// The longest name that AWS takes for these kinds, in characters.
const LONGEST: usize = 48;
/// `_` and eight hexadecimal digits.
const SUFFIX: usize = 9;

/// The longest name of an object in Kubernetes, in characters.
const LONGEST_OBJECT: usize = 253;

/// Whether an object can have this name in Kubernetes: small letters, digits and hyphens, in parts that are joined by dots and
/// begin and end with a letter or a digit.
#[must_use]
pub fn is_object_name(name: &str) -> bool {
    let outside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let part = |part: &str| {
        part.starts_with(outside) && part.ends_with(outside) && part.chars().all(|c| outside(c) || c == '-')
    };
    name.len() <= LONGEST_OBJECT && name.split('.').all(part)
}

/// The name of an object's AWS resource when `spec.name` is left out.
///
/// The object's name with every character that AWS refuses turned into `_`, cut to fit, plus `_` and eight
/// digits of a digest of (cluster id, namespace, name): unique in the account, and found again after any crash
/// because nothing but the object's own identity goes into it (reliability.md 2.3).
#[must_use]
pub fn default_name(cluster_id: &str, namespace: &str, name: &str) -> String {
    marked(name, &sha256([cluster_id, namespace, name]))
}

/// The name of what is made for one object and for these inputs alone, such as a generation, whose name is never free again
/// (service.md 7.3). It tells whose it is and what it was made from: the UID is in its digest, so an object that is deleted
/// and created anew has another (reliability.md 2.3).
#[must_use]
pub fn name_for(name: &str, cluster_id: &str, uid: &str, inputs: [&str; 3]) -> String {
    let [first, second, third] = inputs;
    marked(name, &sha256([cluster_id, uid, first, second, third]))
}

/// A name with every character that AWS refuses turned into `_`, cut to fit, plus `_` and eight digits of a digest.
fn marked(name: &str, digest: &Digest) -> String {
    let mut safe: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if !safe.starts_with(|c: char| c.is_ascii_alphabetic()) {
        safe.insert(0, 'p');
    }
    safe.truncate(LONGEST - SUFFIX);
    format!("{safe}_{}", digest.short(SUFFIX - 1))
}

/// The same for a gateway, whose name has hyphens where those have underscores, and never two in a row.
#[must_use]
pub fn default_gateway_name(cluster_id: &str, namespace: &str, name: &str) -> String {
    let digest = sha256([cluster_id, namespace, name]);
    let mut safe = String::new();
    for c in name.chars() {
        match (c.is_ascii_alphanumeric(), safe.ends_with('-')) {
            (true, _) => safe.push(c),
            (false, false) if !safe.is_empty() => safe.push('-'),
            (false, _) => {}
        }
    }
    safe.truncate(LONGEST - SUFFIX);
    format!("{}-{}", safe.trim_end_matches('-'), digest.short(SUFFIX - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whether AWS takes `name` for an engine, a policy or a generation: `[A-Za-z][A-Za-z0-9_]*`, 1..48.
    fn is_engine_name(name: &str) -> bool {
        name.len() <= LONGEST
            && name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    }

    /// Whether AWS takes `name` for a gateway: `([0-9a-zA-Z][-]?){1,48}`.
    fn is_gateway_name(name: &str) -> bool {
        name.len() <= LONGEST
            && name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !name.contains("--")
    }

    proptest! {
        #[test]
        fn every_object_name_gives_a_name_that_aws_takes(
            namespace in "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?",
            name in "[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?",
        ) {
            let aws = default_name("cluster", &namespace, &name);
            prop_assert!(is_engine_name(&aws), "{}", aws);
            prop_assert_eq!(&aws, &default_name("cluster", &namespace, &name));
            prop_assert_ne!(&aws, &default_name("other", &namespace, &name));
        }

        #[test]
        fn every_object_name_gives_a_gateway_name_that_aws_takes(
            namespace in "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?",
            name in "[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?",
        ) {
            let aws = default_gateway_name("cluster", &namespace, &name);
            prop_assert!(is_gateway_name(&aws), "{}", aws);
            prop_assert_eq!(&aws, &default_gateway_name("cluster", &namespace, &name));
            prop_assert_ne!(&aws, &default_gateway_name("other", &namespace, &name));
        }
    }

    #[test]
    fn what_is_made_for_other_inputs_or_another_object_has_another_name() {
        let name = |uid: &str, text: &str| name_for("draft", "c", uid, ["engine", "gateway", text]);
        let one = name("u", "text");
        assert!(is_engine_name(&one) && one.starts_with("draft_"), "{one}");
        assert_eq!(one, name("u", "text"));
        assert!(one != name("u", "other") && one != name("v", "text"));
        assert_eq!(name_for(&"a".repeat(60), "c", "u", ["", "", ""]).len(), LONGEST);
    }

    #[test]
    fn names_that_fold_together_stay_apart() {
        assert_ne!(default_name("c", "n", "a-b"), default_name("c", "n", "a.b"));
        assert!(default_name("c", "n", "a-b").starts_with("a_b_"));
        assert!(default_name("c", "n", "1st").starts_with("p1st_"));
    }

    #[test]
    fn gateway_names_that_fold_together_stay_apart() {
        let name = |name| default_gateway_name("c", "n", name);
        assert_ne!(name("a-b"), name("a.b"));
        assert_ne!(name("a-b"), name("a--b"));
        assert!(name("a--b").starts_with("a-b-"));
        for bad in ["", "-a", "a--b", "a_b", &"a".repeat(49)] {
            assert!(!is_gateway_name(bad), "{bad}");
        }
    }

    #[test]
    fn names_of_objects_are_those_that_kubernetes_takes() {
        for good in ["a", "1", "team-a", "a.b-c.d", "a--b", &"a".repeat(253)] {
            assert!(is_object_name(good), "{good}");
        }
        for bad in [
            "",
            "A",
            "a b",
            "a_b",
            "-a",
            "a-",
            ".a",
            "a.",
            "a..b",
            "a.-b",
            "ä",
            "a\"",
            &"a".repeat(254),
        ] {
            assert!(!is_object_name(bad), "{bad}");
        }
    }

    #[test]
    fn what_aws_refuses_is_refused() {
        for bad in ["", "1a", "_a", "a-b", "a.b", "ä", &"a".repeat(49)] {
            assert!(!is_engine_name(bad), "{bad}");
        }
        assert!(is_engine_name(&"a".repeat(48)));
    }
}
