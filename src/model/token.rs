//! Client tokens (reliability.md 2.2).

use super::sha256;

/// The `clientToken` of a create: 64 hexadecimal digits, inside AWS's 33..256 of `[a-zA-Z0-9](-*[a-zA-Z0-9])*`.
///
/// A function of durable facts only, so a crashed create repeats itself instead of making a second resource:
/// - `payload` (canonical JSON of the request) is inside, so an edit between a lost answer and its retry yields
///   a new token and never a mismatch; the unique name then stops the duplicate with 409;
/// - `epoch` is the last backend id that was seen to disappear, so that making a resource anew after it was
///   deleted behind our back does not replay the old answer.
#[must_use]
pub fn client_token(cluster_id: &str, uid: &str, payload: &str, epoch: Option<&str>) -> String {
    sha256([cluster_id, uid, payload, epoch.unwrap_or("")])
        .as_str()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_input_counts() {
        let token = client_token("c", "u", "p", Some("e"));
        assert_eq!(token, client_token("c", "u", "p", Some("e")));
        for other in [
            client_token("x", "u", "p", Some("e")),
            client_token("c", "x", "p", Some("e")),
            client_token("c", "u", "x", Some("e")),
            client_token("c", "u", "p", None),
        ] {
            assert_ne!(token, other);
        }
        assert!((33..=256).contains(&token.len()) && token.chars().all(|c| c.is_ascii_alphanumeric()));
    }
}
