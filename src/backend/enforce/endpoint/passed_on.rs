//! What of a request's head the targets are told that allow it.

use super::Exchange;
use crate::backend::control::Passes;
use crate::backend::enforce::forward::PassedOn;
use axum::http::request::Parts;
use reqwest::Url;

impl Exchange<'_> {
    /// What is passed on of this request.
    pub(super) fn passed_on(self, passes: &Passes) -> PassedOn {
        passed_on(self.parts, passes)
    }
}

fn passed_on(parts: &Parts, passes: &Passes) -> PassedOn {
    let values = |name: &String| {
        let values = parts.headers.get_all(name.as_str()).iter();
        let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
        (!values.is_empty()).then(|| (name.clone(), values.join(", ")))
    };
    let parameters = match parts.uri.query().filter(|_| !passes.parameters.is_empty()) {
        Some(query) => parameters(query, &passes.parameters),
        None => Vec::new(),
    };
    PassedOn {
        headers: passes.headers.iter().filter_map(values).collect(),
        parameters,
    }
}

fn parameters(query: &str, allowed: &[String]) -> Vec<(String, String)> {
    let Ok(url) = Url::parse(&format!("http://client/?{query}")) else {
        return Vec::new();
    };
    let all = url.query_pairs();
    let allowed = all.filter(|(name, _)| allowed.iter().any(|allowed| allowed == name));
    allowed
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    #[test]
    fn only_what_a_target_allows_is_passed_on_under_the_name_that_it_allows_it_by() {
        let request = Request::builder()
            .uri("/g/mcp?version=2%20b&secret=1&version=3&flag")
            .header("x-tenant-id", "globex")
            .header("X-Twice", "a")
            .header("x-twice", "b")
            .header("x-secret", "s")
            .header("x-odd", &b"\xff"[..])
            .header("authorization", "Bearer t");
        let parts = request.body(()).unwrap().into_parts().0;
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let passes = Passes {
            headers: names(&["X-Tenant-Id", "X-Twice", "X-Odd", "X-Absent"]),
            parameters: names(&["version", "flag", "Secret"]),
        };
        let pairs = |pairs: &[(&str, &str)]| {
            let pairs = pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            pairs.collect::<Vec<_>>()
        };
        let expected = PassedOn {
            headers: pairs(&[("X-Tenant-Id", "globex"), ("X-Twice", "a, b")]),
            parameters: pairs(&[("version", "2 b"), ("version", "3"), ("flag", "")]),
        };
        assert_eq!(passed_on(&parts, &passes), expected);
        assert_eq!(passed_on(&parts, &Passes::default()), PassedOn::default());
    }
}
