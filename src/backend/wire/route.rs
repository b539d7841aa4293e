//! From method and raw path to an operation and its labels (service.md 2.2).

use super::model::{Model, Operation, Segment};

/// An operation with the labels of its path, still percent-encoded.
#[derive(Debug)]
pub struct Route<'m, 'p> {
    /// What is asked for.
    pub operation: &'m Operation,
    /// Wire name and raw value of each label.
    pub labels: Vec<(&'m str, &'p str)>,
}

/// Finds the operation of a request.
///
/// The path is matched raw and decoded afterwards, so that an ARN with its encoded slashes stays one segment.
/// One trailing slash more or less makes no difference.
pub fn find<'m, 'p>(model: &'m Model, method: &str, path: &'p str) -> Option<Route<'m, 'p>> {
    let path = path.strip_prefix('/')?;
    let path = path.strip_suffix('/').unwrap_or(path);
    let segments: Vec<&str> = path.split('/').collect();
    model
        .operations()
        .iter()
        .filter(|operation| operation.method == method && operation.path.len() == segments.len())
        .find_map(|operation| {
            Some(Route {
                operation,
                labels: labels(&operation.path, &segments)?,
            })
        })
}

fn labels<'m, 'p>(template: &'m [Segment], path: &[&'p str]) -> Option<Vec<(&'m str, &'p str)>> {
    let mut labels = Vec::new();
    for (wanted, &seen) in template.iter().zip(path) {
        match wanted {
            Segment::Literal(text) if text == seen => {}
            Segment::Literal(_) => return None,
            Segment::Label(name) => labels.push((name.as_str(), seen)),
        }
    }
    Some(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(method: &str, path: &str) -> Option<String> {
        let model = Model::load().unwrap();
        find(&model, method, path).map(|route| route.operation.name.clone())
    }

    #[test]
    fn every_operation_is_found_with_and_without_a_trailing_slash() {
        let model = Model::load().unwrap();
        for operation in model.operations() {
            let path: String = operation
                .path
                .iter()
                .map(|segment| match segment {
                    Segment::Literal(text) => format!("/{text}"),
                    Segment::Label(_) => "/some%2Fvalue".to_owned(),
                })
                .collect();
            for path in [path.clone(), format!("{path}/")] {
                let route = find(&model, &operation.method, &path).unwrap();
                assert_eq!(route.operation.name, operation.name, "{path}");
                assert!(route.labels.iter().all(|(_, value)| *value == "some%2Fvalue"));
            }
        }
    }

    #[test]
    fn an_encoded_arn_is_one_segment_and_a_plain_one_is_not() {
        assert_eq!(
            name("GET", "/tags/arn%3Aaws%3Abedrock-agentcore%3A%2Feng").as_deref(),
            Some("ListTagsForResource")
        );
        assert_eq!(name("GET", "/tags/arn:aws:x:policy-engine/eng"), None);
    }

    #[test]
    fn other_paths_and_methods_are_no_operation() {
        for (method, path) in [
            ("GET", "/"),
            ("GET", ""),
            ("GET", "policy-engines"),
            ("PATCH", "/policy-engines"),
            ("HEAD", "/policy-engines"),
            ("GET", "/policy-engines//"),
            ("GET", "/Policy-Engines"),
            ("GET", "/policy-engines/a/policies/b/c"),
        ] {
            let found = name(method, path);
            // An empty label is told as a value that is too short, not as a missing route.
            assert!(
                found.is_none() || path == "/policy-engines//",
                "{method} {path}: {found:?}"
            );
        }
    }
}
