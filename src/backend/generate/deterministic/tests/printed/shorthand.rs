//! Cedar in a short form, so that a page of expectations can be read.

/// A statement as Cedar has it: `permit(user, T___a or T___b) when { [role] == "x" && input.amount < 5 }`.
///
/// `user`, `iam` and `any` are the principals; `all` is every action, `T` a target, `T___a` a tool; `has [c]` and `[c]` ask
/// for a claim and read it; `input` and `now` are of the context.
pub(super) fn spelled_out(short: &str, gateway: &str) -> String {
    let (effect, rest) = short.split_once('(').unwrap();
    let (scope, conditions) = rest.split_once(')').unwrap();
    let (principal, actions) = scope.split_once(", ").unwrap();
    let principal = match principal {
        "user" => "principal is AgentCore::OAuthUser",
        "iam" => "principal is AgentCore::IamEntity",
        "any" => "principal",
        other => panic!("`{other}` is no principal"),
    };
    let ids: Vec<String> = actions
        .split(" or ")
        .map(|id| format!("AgentCore::Action::\"{id}\""))
        .collect();
    let action = if actions == "all" {
        "action".to_owned()
    } else {
        format!("action in [{}]", ids.join(", "))
    };
    format!(
        "{effect}({principal}, {action}, resource == AgentCore::Gateway::\"{gateway}\"){};",
        read(conditions)
    )
}

/// The conditions, with claims and context spelled out.
fn read(conditions: &str) -> String {
    let mut out = String::new();
    let mut rest = conditions;
    while let Some((before, behind)) = rest.split_once('[') {
        let (claim, behind) = behind.split_once(']').unwrap();
        match before.strip_suffix("has ") {
            // A set of texts.
            _ if claim.contains('"') => out.extend([before, "[", claim, "]"]),
            Some(before) => out.extend([before, "principal.hasTag(\"", claim, "\")"]),
            None => out.extend([before, "principal.getTag(\"", claim, "\")"]),
        }
        rest = behind;
    }
    out += rest;
    out.replace("input", "context.input")
        .replace("now", "context.system.now")
}
