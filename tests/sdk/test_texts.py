"""The texts of `statusReasons` in Appendix B, as boto3 reads them from a policy that failed."""

import botocore.exceptions
import pytest

from conftest import make_policy, wait


def failed(client, engine, statement, **members):
    """The policy's id and its `statusReasons` after it ended CREATE_FAILED."""
    policy = make_policy(client, engine, statement, **members)
    with pytest.raises(botocore.exceptions.WaiterError, match="terminal failure state"):
        wait(client, "policy_active", policyEngineId=engine, policyId=policy)
    seen = client.get_policy(policyEngineId=engine, policyId=policy)
    assert seen["status"] == "CREATE_FAILED"
    return policy, seen["statusReasons"]


def known_as(policy):
    """How a diagnostic names a policy (service.md section 3)."""
    return policy.replace("-", "_") + "_0"


def single(policy, statement, message, line, column, help_text):
    """The layout of one schema error over a statement of two lines."""
    whole = f"for policy `{known_as(policy)}`, {message}"
    source = "\n".join(f"{number} {text}" for number, text in enumerate(statement.split("\n"), 1))
    return f"{whole}\n{whole} at line {line}, column {column}:\n{source}" + (f"\n{help_text}" if help_text else "")


@pytest.mark.text("S11")
def test_a_tag_that_is_read_without_asking_for_it(client, engine):
    statement = (
        "permit(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway)\n"
        'when { principal.getTag("username") == "alice" };'
    )
    policy, reasons = failed(client, engine, statement)
    message = 'unable to guarantee safety of access to tag `"username"` on entity type `AgentCore::OAuthUser`'
    help_text = "try testing for the tag's presence with `.hasTag(\"username\") && ..`"
    assert reasons == [single(policy, statement, message, 2, 8, help_text)]


@pytest.mark.text("S12")
def test_an_id_of_a_principal_of_any_type(client, engine):
    statement = 'permit(principal, action, resource is AgentCore::Gateway)\nwhen { principal.id == "alice" };'
    policy, reasons = failed(client, engine, statement)
    message = "attribute `id` on entity type `AgentCore::UnauthenticatedUser` not found"
    assert reasons == [single(policy, statement, message, 2, 8, None)]


@pytest.mark.text("S10", "S16")
def test_an_input_of_any_action_is_several_errors_in_one_text(client, engine):
    statement = "permit(principal, action, resource is AgentCore::Gateway)\nwhen { context.input.amount < 500 };"
    policy, [reason] = failed(client, engine, statement)
    first, rest = reason.split("\n", 1)
    assert first == "Multiple errors occurred during policy parsing/validation:"
    blocks = rest.removesuffix("\n").split("\n\n")
    message = f'for policy `{known_as(policy)}`, attribute `input` in context for AgentCore::Action::"CallTool" not found'
    block = "\n".join(
        [
            f"* {message}",
            f"  {message} at line 2, column 8:",
            *(f"  {number} {line}" for number, line in enumerate(statement.split("\n"), 1)),
            "did you mean `output`?",
        ]
    )
    assert block in blocks
    assert len(blocks) > 1
    assert all(block.startswith(f"* for policy `{known_as(policy)}`, ") for block in blocks)
