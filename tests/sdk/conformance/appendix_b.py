"""The texts of service.md, Appendix B: each is produced by a named test, occurs by script only, or cannot occur here.

A test says which text it produces with `@pytest.mark.text("E16")`. One that puts a text into a fault script and finds it
again says `@pytest.mark.scripted_text("E17")`: that shows how the text arrives, not that the backend would ever say it.
"""

# service.md 9.6: what is behind them is not called.
NOT_MCP = "calls of targets that are no MCP targets are not served"
# service.md section 18, row 48 (`compat.dogwood-extensions`).
DOGWOOD = "guardrail clauses are refused by name before they are looked into (compat.dogwood-extensions)"
# service.md 6.2 and 15.1.
DOGWOOD_PARSER = (
    "under definition.policy this backend reads Cedar, with Cedar's parser and in its wording (as E3); what Dogwood expected "
    "does not follow from that"
)

# id -> how the text begins, or a part of it.
TEXTS = {
    "S1": "Validation failed: Action 'nonExistentTool' is not defined in the schema for any associated gateway",
    "S2": "Insufficient permissions to call gateway with ID <gateway-id>",
    "S3": "Overly Permissive: Policy Engine will allow every request … action (Any Future Tools)",
    "S4": "Overly Restrictive: Policy Engine will deny every request … action (Any Future Tools)",
    "S5": "Overly Restrictive: … action (catalogTools___delete_course) and resource …",
    "S6": "unexpected type: expected Bool but saw `{HATE: {confidenceScore: decimal,}, …}`",
    "S7": "unexpected type: expected Long but saw decimal",
    "S8": "unable to guarantee safety of access to optional attribute `input.amount`",
    "S9": "attribute `input.amount` in context for … not found",
    "S10": "attribute `input` in context for AgentCore::Action::\"CallTool\" not found",
    "S11": "unable to guarantee safety of access to tag `\"username\"`",
    "S12": "attribute `id` on entity type `AgentCore::UnauthenticatedUser` not found",
    "S13": "unrecognized action `AgentCore::Action::\"orders___list_orders\"`",
    "S14": "provider `BedrockGuardrails::ContentFilter`: argument `context.input.text` is not present",
    "S14b": "provider `BedrockGuardrails::PromptAttack`: argument `context.output.text` is not present",
    "S15": "provider `BedrockGuardrails::ContentFilter`: argument … has type `Set<record>`",
    "S16": "Multiple errors occurred during policy parsing/validation:",
    "E1": "a wildcard resource was detected",
    "E2": "a constrained action scope was encountered",
    "E3": "* unexpected token `guardrails`",
    "E4": "unexpected token ':', expected name at line 1, column 30",
    "E5": "unexpected token 'forbid'",
    "E6": "Guardrail '…' references 'context.output' but the policy has an authorization effect",
    "E7": "Guardrail '…' mixes 'context.input.*' and 'context.output.*' paths",
    "E8": "Invalid category 'HATE.*' for guardrail",
    "E9": "SensitiveInformation guardrail requires an aggregation method call",
    "E10": "Value with length 52 at '/name' failed to satisfy constraint",
    "E11": "User: … is not authorized to perform: bedrock-agentcore:ManageAdminPolicy",
    "E12": "Failed to confirm existence on AgentCore Gateway",
    "E13": "User: … is not authorized to perform: bedrock-agentcore:StartPolicyGeneration",
    "E14": "Generation with the same name already exists",
    "E15": "Policy cannot be deleted while its status is CREATING",
    "E16": "Policy engine still contains 3 policies and cannot be deleted",
    "E17": "Access denied for the specified KMS key.",
    "E18": "The specified KMS key is not in a usable state.",
    "E19": "HTTP target configuration is not supported for gateways with MCP protocol type.",
    "E20": "AuthorizerConfiguration is required for CUSTOM_JWT authorizer type",
    "E21": "must be in ACTIVE state",
    "E22": "Gateway <id> has targets associated with it.",
    "F1": "Non-translatable: cannot be expressed in Dogwood",
    "F2": "Unsupported Condition Error:",
    "F3": "Overly Permissive: … action (RefundTool___view_order_history) and resource (gateway/*)",
    "F4": "(VALID has no description)",
    "G1": "AuthorizeActionException - Tool Execution Denied",
    "G2": "Tool Execution Denied … [No policy applies to the request (denied by default).]",
    "G3a": "Tool Execution Denied … [Policy evaluation denied due to no determining policies]",
    "G3b": "AuthorizeActionException - Tool Execution Denied … no determining policies]",
    "G4": "Policy evaluation denied due to ForbidDelete2-n8e26oesyj",
    "G5": "Request Denied: Gateway Target request not allowed",
    "G6": "Request Denied: Agent runtime request not allowed",
    "G7": "InternalServerException - Policy evaluation failed for list tools",
    "G8": "Authorization denied: request missing field(s) required for guardrail evaluation",
    "G9": "ValidationException - Parameter validation failed",
}

# id -> why no request brings it about.
CANNOT_OCCUR = {
    **{name: NOT_MCP for name in ("G5", "G6")},
    "G7": "only a fault of this backend keeps it from deciding what is listed: there is no IAM behind it",
    "G8": "guardrail clauses are refused when a policy is created (compat.dogwood-extensions)",
    **{name: DOGWOOD for name in ("S6", "S14", "S14b", "S15", "E6", "E7", "E8", "E9")},
    "E4": DOGWOOD_PARSER,
    "F1": "what cannot be said is told in the documented way, as NOT_TRANSLATABLE (F2)",
    "S1": "documented, but Cedar's `unrecognized action` is what is measured (S13): the same mistake gets that text",
}
# id -> why the backend itself never says it.
BY_SCRIPT_ONLY = {
    **{name: "there is no IAM behind it" for name in ("E11", "E13")},
    **{name: "there is no KMS behind it" for name in ("E17", "E18")},
}

# id -> where what is produced is not what Appendix B prints.
DIFFERS = {
    "F3": "says `gateway/<id>`, as row 50 of service.md section 18 has it for a gateway that is named; Appendix B prints "
    "`gateway/*`, which 6.5 has for the type alone, beside one tool, which 6.2 lets no statement of the type alone name",
}


def missing(produced, scripted):
    """Texts that no test has produced, and excuses that are none, each as one line."""
    for name, text in TEXTS.items():
        if name in produced and (name in CANNOT_OCCUR or name in BY_SCRIPT_ONLY):
            yield f"text {name}: a test produces it, so it can occur"
        elif name in scripted and name not in BY_SCRIPT_ONLY:
            yield f"text {name}: it is not said to occur by script only"
        elif name not in produced and name not in CANNOT_OCCUR and not (name in scripted and name in BY_SCRIPT_ONLY):
            yield f"text {name}: no test produces `{text}`"
    yield from (f"text {name}: it is not in Appendix B" for name in [*produced, *scripted] if name not in TEXTS)


def table(produced, scripted):
    """Each text with the test that produces it, and how, or the reason why none does; as lines."""
    for name in TEXTS:
        yield f"{name.ljust(4)}  {_how(name, produced.get(name), scripted.get(name))}"


def _how(name, tests, scripted):
    if tests:
        return f"{tests[0]}; differs: {DIFFERS[name]}" if name in DIFFERS else tests[0]
    if scripted and name in BY_SCRIPT_ONLY:
        return f"by script only ({BY_SCRIPT_ONLY[name]}): {scripted[0]}"
    return f"cannot occur: {CANNOT_OCCUR[name]}" if name in CANNOT_OCCUR else "MISSING"
