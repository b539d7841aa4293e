//! The Policy that adopts an asset, ready to be applied.

use super::assets::{Asset, CUT, FRAGMENT, plainly};
use crate::api::{PolicyGeneration, ValidationMode};
use crate::operator::decide::shorten;

/// How much of the findings stands in a manifest.
const CAUTION: usize = 400;

/// A Policy that adopts an asset, ready to be applied; none of one that AWS would refuse, or that does nothing. Its statement
/// is shown in it, up to so many characters: who reviews the change reads what is adopted. What was found is no reason to refuse
/// it then, and told in it.
pub(super) fn manifest(
    object: &PolicyGeneration,
    asset: &Asset,
    place: usize,
    longest: usize,
) -> Option<String> {
    let written = asset.definition.as_ref().filter(|_| asset.is_usable())?;
    let (meta, spec) = (&object.metadata, &object.spec);
    let name = meta.name.as_deref().unwrap_or_default();
    let namespace = meta.namespace.as_deref().unwrap_or_default();
    let (stem, ordinal) = (name.get(..240).unwrap_or(name), place + 1);
    let engine = match (&spec.policy_engine_ref, &spec.policy_engine_id) {
        (Some(engine), _) => match &engine.namespace {
            Some(namespace) => {
                format!(
                    "policyEngineRef: {{name: \"{}\", namespace: \"{namespace}\"}}",
                    engine.name
                )
            }
            None => format!("policyEngineRef: {{name: \"{}\"}}", engine.name),
        },
        (None, id) => format!("policyEngineId: \"{}\"", id.as_deref().unwrap_or_default()),
    };
    let (mut found, mut mode) = (String::new(), String::new());
    if !asset.is_clear() {
        let findings = asset.findings.iter().map(|finding| plainly(asset, finding));
        let findings: Vec<String> = findings
            .map(|finding| format!("{}: {}", finding.kind, finding.message))
            .collect();
        found = format!("# {}\n", shorten(&findings.join("; "), CAUTION));
        mode = format!(
            "  validationMode: {}\n",
            ValidationMode::IgnoreAllFindings.as_str()
        );
    }
    Some(format!(
        "# {}\n{found}apiVersion: agentcore.dev/v1alpha1\nkind: Policy\nmetadata:\n  name: \"{stem}-{ordinal}\"\n  namespace: \
         \"{namespace}\"\nspec:\n  {engine}\n  definition:\n{}    generation: {{name: \"{name}\", assetId: \"{}\"}}\n{mode}",
        shorten(&asset.fragment, FRAGMENT),
        commented(&written.statement, longest),
        asset.asset_id
    ))
}

/// A statement as the comment of a definition, up to so many characters. Whatever ends a line in YAML ends one here, so that
/// nothing of it is read as more than a comment.
fn commented(statement: &str, longest: usize) -> String {
    let ends = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    let (mut comment, mut left) = (String::new(), longest);
    for line in statement.trim().split(ends) {
        let text: String = line.chars().map(printable).collect();
        let line = format!("    # {text}");
        let line = line.trim_end();
        left = match left.checked_sub(line.chars().count()) {
            Some(left) => left,
            None => return comment + "    # " + CUT + "\n",
        };
        comment = comment + line + "\n";
        left = left.saturating_sub(1);
    }
    comment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_statement_leaves_its_comment_and_a_long_one_is_cut_where_a_line_ends() {
        let said = "permit(\n  principal\r\n);\u{2028}kind: Pod\u{85}a: \u{7}b";
        let lines = ["permit(", "  principal", "", ");", "kind: Pod", "a:  b"];
        let expected: String = lines
            .map(|line| format!("    # {line}").trim_end().to_owned() + "\n")
            .concat();
        assert_eq!(commented(said, 1000), expected);
        assert_eq!(commented("permit(\nprincipal);", 20), "    # permit(\n    # ..\n");
    }
}
