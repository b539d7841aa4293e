//! Candidates as people, `kubectl apply` and programs want them.

use crate::api::{
    CedarDefinition, Definition, Policy, PolicyEngineRef, PolicySpec, StatementDefinition, ValidationMode,
};
use crate::cedar::parse_statement;
use crate::model::{Candidate, CandidateFinding};
use serde_json::json;

/// Where manifests belong.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Namespace, if one was named.
    pub namespace: Option<String>,
    /// ARN in the statements, and the object that manifests name instead.
    pub gateway: Option<(String, String)>,
    /// Object of the engine.
    pub engine: Option<String>,
    /// AWS id of the engine, for manifests when no object stands for it.
    pub engine_id: String,
}

/// For people: each requirement, its policy, and what was found in plain words.
pub(super) fn text(candidates: &[Candidate]) -> String {
    let mut out = String::new();
    for (at, candidate) in candidates.iter().enumerate() {
        let number = at + 1;
        out += &before_each_line(&format!("{number}. "), candidate.fragment.trim());
        out += "\n";
        if let Some(statement) = &candidate.statement {
            out += &indented(statement);
            out += "\n";
        }
        for finding in in_words(candidate) {
            out += &indented(&finding);
        }
        out += "\n";
    }
    out
}

fn indented(text: &str) -> String {
    before_each_line("   ", text)
}

/// A text with this before each of its lines. Whatever a program may take for the end of a line is one, since a comment ends there, and
/// nothing that steers a terminal is left: the service and a model say what they want.
fn before_each_line(prefix: &str, text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let lines = text.split(['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}']);
    let shown = |character: char| if character.is_control() { ' ' } else { character };
    let line = |line: &str| [prefix, &line.chars().map(shown).collect::<String>(), "\n"].concat();
    lines.map(line).collect()
}

/// What the findings of a candidate say, for people.
fn in_words(candidate: &Candidate) -> impl Iterator<Item = String> {
    let of_policy = candidate.statement.is_some();
    candidate.findings.iter().map(move |finding| {
        let told = [
            Some(finding.finding_type.as_str()),
            finding.meaning(of_policy),
            finding.description.as_deref(),
        ];
        told.into_iter().flatten().collect::<Vec<_>>().join(": ")
    })
}

/// Policy manifests of what can be applied; what cannot is a comment.
pub(super) fn manifests(prefix: &str, candidates: &[Candidate], place: &Place) -> Result<String, String> {
    let mut out = String::new();
    for (at, candidate) in candidates.iter().enumerate() {
        let mut comment = candidate.fragment.trim().to_owned();
        for finding in in_words(candidate) {
            comment.extend(["\n", &finding]);
        }
        let comment = before_each_line("# ", &comment);
        if !candidate.is_usable() {
            out += &comment;
            continue;
        }
        let policy = manifest(&format!("{prefix}-{}", at + 1), candidate, place);
        let yaml = serde_saphyr::to_string(&policy)
            .map_err(|error| format!("cannot write the manifest as YAML: {error}"))?;
        out.extend(["---\n", &comment, yaml.trim_end(), "\n"]);
    }
    Ok(out)
}

fn manifest(name: &str, candidate: &Candidate, place: &Place) -> Policy {
    let statement = candidate.statement.clone().unwrap_or_default();
    let statement = match &place.gateway {
        // A Gateway object is named in place of what it stands for, so that the manifest outlives it.
        Some((arn, object)) => statement.replace(
            &format!("AgentCore::Gateway::\"{arn}\""),
            &format!("AgentCore::Gateway::\"{object}\""),
        ),
        None => statement,
    };
    // With any finding but VALID the policy would be refused by default (service.md 6.1).
    let is_clear = candidate
        .findings
        .iter()
        .all(|finding| finding.finding_type == "VALID");
    let by_object = place.engine.as_ref().map(|name| PolicyEngineRef {
        name: name.clone(),
        namespace: None,
    });
    let spec = PolicySpec {
        name: None,
        description: None,
        policy_engine_id: by_object.is_none().then(|| place.engine_id.clone()),
        policy_engine_ref: by_object,
        definition: definition(statement),
        validation_mode: (!is_clear).then_some(ValidationMode::IgnoreAllFindings),
        enforcement_mode: None,
        management: crate::api::Management::default(),
    };
    let mut policy = Policy::new(name, spec);
    policy.metadata.namespace.clone_from(&place.namespace);
    policy
}

/// What Cedar does not read is of AWS's superset of it (service.md 15).
fn definition(statement: String) -> Definition {
    let is_cedar = parse_statement(&statement).is_ok();
    let (cedar, other) = if is_cedar {
        (Some(CedarDefinition { statement }), None)
    } else {
        (None, Some(StatementDefinition { statement }))
    };
    Definition {
        cedar,
        policy: other,
        generation: None,
    }
}

/// Everything, in the members of `ListPolicyGenerationAssets`.
pub(super) fn json(candidates: &[Candidate]) -> Result<String, String> {
    let finding = |finding: &CandidateFinding| match &finding.description {
        Some(description) => json!({"type": finding.finding_type, "description": description}),
        None => json!({"type": finding.finding_type}),
    };
    let asset = |candidate: &Candidate| {
        let mut asset = json!({
            "rawTextFragment": candidate.fragment,
            "findings": candidate.findings.iter().map(finding).collect::<Vec<_>>(),
        });
        if let (Some(statement), Some(members)) = (&candidate.statement, asset.as_object_mut()) {
            members.insert(
                "definition".to_owned(),
                json!({"policy": {"statement": statement}}),
            );
        }
        asset
    };
    let all: Vec<_> = candidates.iter().map(asset).collect();
    serde_json::to_string_pretty(&json!({"policyGenerationAssets": all}))
        .map(|text| text + "\n")
        .map_err(|error| format!("cannot write the candidates as JSON: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATEMENT: &str =
        "permit(\n  principal,\n  action,\n  resource == AgentCore::Gateway::\"arn:g\"\n);";

    fn candidates() -> Vec<Candidate> {
        let found = |finding_type: &str, description: Option<&str>| CandidateFinding {
            finding_type: finding_type.to_owned(),
            description: description.map(str::to_owned),
        };
        let of = |fragment: &str, statement: Option<&str>, finding| Candidate {
            fragment: fragment.to_owned(),
            statement: statement.map(str::to_owned),
            findings: vec![finding],
        };
        vec![
            of("Allow it", Some(STATEMENT), found("VALID", None)),
            of(
                "Allow all",
                Some(STATEMENT),
                found("ALLOW_ALL", Some("Overly Permissive: ..")),
            ),
            of(
                "Make me happy",
                None,
                found("NOT_TRANSLATABLE", Some("not understood")),
            ),
            of(
                "Refuse me",
                Some(STATEMENT),
                found("INVALID", Some("no such tool")),
            ),
        ]
    }

    fn place(engine: Option<&str>) -> Place {
        Place {
            namespace: Some("team-a".to_owned()),
            gateway: Some(("arn:g".to_owned(), "refunds".to_owned())),
            engine: engine.map(str::to_owned),
            engine_id: "engine-0123456789".to_owned(),
        }
    }

    #[test]
    fn people_read_the_requirement_the_policy_and_what_was_found() {
        let shown = text(&candidates());
        assert!(
            shown.starts_with("1. Allow it\n\n   permit(\n     principal,\n"),
            "{shown}"
        );
        for part in [
            "   VALID: it can be applied as it is\n",
            "   ALLOW_ALL: it permits every call that its first lines cover, whatever the call says: Overly Permissive: ..\n",
            "3. Make me happy\n\n   NOT_TRANSLATABLE: it could not be translated: ",
            "   INVALID: it does not fit the tools of the gateway, and would be refused: no such tool\n",
        ] {
            assert!(shown.contains(part), "{part} is not in {shown}");
        }
    }

    #[test]
    fn nothing_that_is_said_ends_a_comment_or_steers_a_terminal() {
        for end in ["\n", "\r", "\r\n", "\u{85}", "\u{2028}", "\u{2029}"] {
            let said = format!("no{end}kind: Policy\u{1b}[2J");
            let mut candidates = candidates();
            candidates[2].fragment.clone_from(&said);
            candidates[2].findings[0].description = Some(said);
            let yaml = manifests("g", &candidates[2..3], &place(None)).unwrap();
            let comments = yaml.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']);
            let bare: Vec<&str> = comments
                .filter(|line| !line.is_empty() && !line.starts_with("# "))
                .collect();
            assert_eq!(bare, [""; 0], "{yaml:?}");
            assert!(!text(&candidates).contains('\u{1b}'));
        }
    }

    #[test]
    fn what_cedar_does_not_read_is_given_to_aws_as_it_is() {
        let mut candidates = candidates();
        candidates[0].statement =
            Some("permit(principal, action, resource) when { always[1h] (true) };".to_owned());
        let yaml = manifests("g", &candidates[..1], &place(None)).unwrap();
        let policy = serde_saphyr::from_str::<Policy>(yaml.trim_start_matches("---\n")).unwrap();
        let definition = policy.spec.definition;
        assert!(
            definition.cedar.is_none() && definition.policy.is_some(),
            "{yaml}"
        );
    }

    #[test]
    fn manifests_name_objects_and_hold_only_what_can_be_applied() {
        let yaml = manifests("g", &candidates(), &place(Some("engine"))).unwrap();
        let documents: Vec<&str> = yaml.split("---\n").filter(|part| !part.is_empty()).collect();
        assert_eq!(documents.len(), 2, "{yaml}");
        let read = |text: &str| serde_saphyr::from_str::<Policy>(text).unwrap();
        let (first, second) = (read(documents[0]), read(documents[1]));
        assert_eq!(first.metadata.name.as_deref(), Some("g-1"));
        assert_eq!(first.metadata.namespace.as_deref(), Some("team-a"));
        assert_eq!(first.spec.policy_engine_ref.unwrap().name, "engine");
        assert_eq!(first.spec.validation_mode, None);
        let statement = first.spec.definition.cedar.unwrap().statement;
        assert_eq!(statement, STATEMENT.replace("arn:g", "refunds"));
        assert_eq!(
            second.spec.validation_mode,
            Some(ValidationMode::IgnoreAllFindings)
        );
        assert!(
            yaml.contains("# Make me happy\n# NOT_TRANSLATABLE: it could not be translated"),
            "{yaml}"
        );
        let by_id = manifests("g", &candidates(), &place(None)).unwrap();
        assert!(by_id.contains("policyEngineId: engine-0123456789"), "{by_id}");
    }

    #[test]
    fn programs_read_what_the_service_lists() {
        let all: serde_json::Value = serde_json::from_str(&json(&candidates()).unwrap()).unwrap();
        let assets = &all["policyGenerationAssets"];
        assert_eq!(assets[0]["definition"]["policy"]["statement"], STATEMENT);
        assert_eq!(assets[0]["findings"][0], json!({"type": "VALID"}));
        assert_eq!(assets[2].get("definition"), None);
    }
}
