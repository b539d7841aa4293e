//! When a token is good (RFC 7519 sections 4.1.4 to 4.1.6).

use serde_json::{Map, Value};

/// How far clocks may be apart, in microseconds. Ours; reliability.md 8.2 wants at most a minute.
const LEEWAY: i64 = 30_000_000;
/// The latest moment that is taken for one, in seconds: beyond the year 9999.
const LATEST: f64 = 1e12;

/// Refuses a token that is not of now; gives until when it is good, in microseconds since 1970.
///
/// # Errors
/// What is wrong with it.
pub(super) fn check(claims: &Map<String, Value>, now: i64) -> Result<i64, &'static str> {
    let until = moment(claims, "exp")?.ok_or("The token does not say when it expires")?;
    let until = until.saturating_add(LEEWAY);
    if until <= now {
        return Err("The token has expired");
    }
    let soon = now.saturating_add(LEEWAY);
    if moment(claims, "nbf")?.is_some_and(|from| from > soon) {
        return Err("The token is not good yet");
    }
    if moment(claims, "iat")?.is_some_and(|issued| issued > soon) {
        return Err("The token was issued in the future");
    }
    Ok(until)
}

/// A `NumericDate` in microseconds.
fn moment(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, &'static str> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    let seconds = value.as_f64().filter(|seconds| (0.0..=LATEST).contains(seconds));
    let seconds = seconds.ok_or("The token has a time that is none")?;
    #[expect(clippy::cast_possible_truncation, reason = "it is within the bounds above")]
    let micros = (seconds * 1e6) as i64;
    Ok(Some(micros))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_token_is_good_from_its_beginning_to_its_end_and_a_little_longer() {
        let now = 1_000_000_000_000;
        for (claims, expected) in [
            (json!({"exp": 1_000_001}), Ok(1_000_031_000_000)),
            (json!({"exp": 999_970.5}), Ok(1_000_000_500_000)),
            (json!({"exp": 999_970}), Err("The token has expired")),
            (json!({"exp": 0}), Err("The token has expired")),
            (json!({}), Err("The token does not say when it expires")),
            (
                json!({"exp": "2000000"}),
                Err("The token has a time that is none"),
            ),
            (json!({"exp": null}), Err("The token has a time that is none")),
            (json!({"exp": -1}), Err("The token has a time that is none")),
            (json!({"exp": 1e300}), Err("The token has a time that is none")),
            (
                json!({"exp": 1_000_001, "nbf": 1_000_030, "iat": 1_000_030}),
                Ok(1_000_031_000_000),
            ),
            (
                json!({"exp": 1_000_001, "nbf": 1_000_031}),
                Err("The token is not good yet"),
            ),
            (
                json!({"exp": 1_000_001, "nbf": []}),
                Err("The token has a time that is none"),
            ),
            (
                json!({"exp": 1_000_001, "iat": 1_000_031}),
                Err("The token was issued in the future"),
            ),
        ] {
            assert_eq!(check(claims.as_object().unwrap(), now), expected, "{claims}");
        }
    }
}
