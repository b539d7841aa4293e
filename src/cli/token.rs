//! `token`: a token for trying out gateways of the local backend.

use super::args::TokenArgs;
use crate::backend::development_token;
use serde_json::{Map, Value};
use std::time::{SystemTime, UNIX_EPOCH};

/// Claims that are texts whatever they look like.
const TEXTS: [&str; 5] = ["sub", "iss", "client_id", "azp", "scope"];

/// A token with these claims.
pub(super) fn token(args: &TokenArgs) -> Result<String, String> {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(|_| "the clock of this machine is before 1970".to_owned())?;
    let now = i64::try_from(since.as_secs()).map_err(|error| error.to_string())?;
    let claims = claims(&args.claims)?;
    development_token(&args.data_dir, claims, now, args.expires_in.as_secs())
        .map_err(|error| error.to_string())
}

/// The claims of the command line.
fn claims(given: &[String]) -> Result<Map<String, Value>, String> {
    let mut claims = Map::new();
    // An empty variable is none.
    for claim in given.iter().filter(|claim| !claim.is_empty()) {
        let (name, text) = match claim.split_once('=') {
            Some((name, text)) if !name.is_empty() => (name, text),
            _ => {
                return Err(
                    "--claim: give a name, an equals sign and a value, such as role=admin".to_owned(),
                );
            }
        };
        let value = if TEXTS.contains(&name) {
            Value::from(text)
        } else {
            value(text)
        };
        if claims.insert(name.to_owned(), value).is_some() {
            return Err(format!(
                "--claim: {name} is there twice; for several values give one array, such as {name}='[\"a\", \"b\"]'"
            ));
        }
    }
    Ok(claims)
}

/// A value as JSON, when it is some, and else as a text. A number that JSON writes in another way, such as one with too many digits,
/// stays a text, and so does null.
fn value(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(Value::Null) | Err(_) => text.into(),
        Ok(Value::Number(number)) if number.to_string() != text => text.into(),
        Ok(json) => json,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_claim_is_json_or_a_text() {
        for (text, expected) in [
            ("admin", json!("admin")),
            ("", json!("")),
            ("a=b", json!("a=b")),
            ("true", json!(true)),
            ("True", json!("True")),
            ("42", json!(42)),
            ("-1.5", json!(-1.5)),
            ("1.50", json!("1.50")),
            ("007", json!("007")),
            ("12345678901234567890123", json!("12345678901234567890123")),
            ("null", json!("null")),
            ("\"42\"", json!("42")),
            ("[\"a\", 1]", json!(["a", 1])),
            ("{\"a\": {}}", json!({"a": {}})),
            ("[a]", json!("[a]")),
        ] {
            let given = [format!("claim={text}"), String::new()];
            assert_eq!(claims(&given).unwrap()["claim"], expected, "{text}");
        }
        for name in TEXTS {
            let given = [format!("{name}=42")];
            assert_eq!(claims(&given).unwrap()[name], json!("42"));
        }
        for (given, told) in [
            (vec!["admin"], "--claim: give a name, an equals sign"),
            (vec!["=admin"], "--claim: give a name, an equals sign"),
            (
                vec!["role=a", "role=b"],
                "--claim: role is there twice; for several values give one array",
            ),
        ] {
            let given: Vec<String> = given.into_iter().map(str::to_owned).collect();
            let error = claims(&given).unwrap_err();
            assert!(error.starts_with(told), "{error}");
        }
    }

    #[test]
    fn a_token_is_one_word_and_the_key_stays() {
        let directory = tempfile::TempDir::new().unwrap();
        let args = TokenArgs {
            claims: vec!["role=admin".to_owned()],
            expires_in: std::time::Duration::from_mins(1),
            data_dir: directory.path().join("data"),
        };
        let (one, two) = (token(&args).unwrap(), token(&args).unwrap());
        assert!(
            one.split('.').count() == 3 && !one.contains(char::is_whitespace),
            "{one}"
        );
        let head = |token: &str| token.split_once('.').unwrap().0.to_owned();
        assert_eq!(head(&one), head(&two));
        let args = TokenArgs {
            data_dir: "/dev/null/data".into(),
            ..args
        };
        let told = token(&args).unwrap_err();
        assert!(
            told.starts_with("the development key /dev/null/data/development-key.json cannot be used"),
            "{told}"
        );
    }
}
