"""The texts of `statusReasons` about a statement and the tools of the gateway that it names."""

import pytest

from conformance import documents
from conftest import gone, make_engine, make_gateway, make_policy, make_target, settled, wait
from test_texts import failed, known_as, single

# amount is there in every call, price too; reason may be missing.
TOOL = {
    "name": "process_refund",
    "description": "Refunds an order",
    "inputSchema": {
        "type": "object",
        "properties": {
            "amount": {"type": "integer"},
            "price": {"type": "number"},
            "reason": {"type": "string"},
        },
        "required": ["amount", "price"],
    },
}
ECHO = {"name": "echo", "description": "Says it again", "inputSchema": {"type": "object", "properties": {"ms": {"type": "integer"}}}}


@pytest.fixture(scope="module")
def gateway(client):
    """The ARN of a gateway with the target Refunds: process_refund and echo."""
    gateway = make_gateway(client)
    tools = {"lambdaArn": documents.LAMBDA, "toolSchema": {"inlinePayload": [TOOL, ECHO]}}
    make_target(client, gateway, name="Refunds", targetConfiguration={"mcp": {"lambda": tools}})
    return client.get_gateway(gatewayIdentifier=gateway)["gatewayArn"]


def on(gateway, tool, condition=None, effect="permit", principal="principal is AgentCore::OAuthUser"):
    """A statement of one line, or of two with a condition."""
    scope = f'action == AgentCore::Action::"Refunds___{tool}", resource == AgentCore::Gateway::"{gateway}"'
    return f"{effect}({principal}, {scope})" + (f"\nwhen {{ {condition} }};" if condition else ";")


def test_a_narrow_permit_on_a_tool_is_active(client, engine, gateway):
    """The quickstart's own: no engine is attached to the gateway (service.md 6.4)."""
    policy = make_policy(client, engine, on(gateway, "process_refund", "context.input.amount < 500"))
    wait(client, "policy_active", policyEngineId=engine, policyId=policy)


@pytest.mark.text("S2")
def test_a_gateway_that_is_gone_cannot_be_called(client):
    """Its tools cannot be listed (service.md 6.3); nobody else is refused them here, where there is no IAM."""
    identifier = make_gateway(client)
    target = {"gatewayIdentifier": identifier, "targetId": make_target(client, identifier, name="Refunds")}
    arn = client.get_gateway(gatewayIdentifier=identifier)["gatewayArn"]
    engine = make_engine(client)
    statement = on(arn, "process_refund", 'principal.id == "me"')
    policy = {"policyEngineId": engine, "policyId": make_policy(client, engine, statement)}
    wait(client, "policy_active", **policy)
    client.delete_gateway_target(**target)
    gone(client, client.get_gateway_target, **target)
    client.delete_gateway(gatewayIdentifier=identifier)
    gone(client, client.get_gateway, gatewayIdentifier=identifier)
    client.update_policy(**policy, description={"optionalValue": "as before"})
    seen = settled(client.get_policy, **policy)
    reason = f"Insufficient permissions to call gateway with ID {identifier}"
    assert (seen["status"], seen["statusReasons"]) == ("UPDATE_FAILED", [reason])


@pytest.mark.text("S7")
def test_a_number_is_no_long(client, engine, gateway):
    statement = on(gateway, "process_refund", "context.input.price < 500")
    policy, reasons = failed(client, engine, statement)
    assert reasons == [single(policy, statement, "unexpected type: expected Long but saw decimal", 2, 8, None)]


@pytest.mark.text("S8")
def test_an_argument_that_may_be_missing_is_asked_for_first(client, engine, gateway):
    statement = on(gateway, "echo", "context.input.ms < 500")
    policy, reasons = failed(client, engine, statement)
    message = (
        "unable to guarantee safety of access to optional attribute `input.ms` in context for "
        'AgentCore::Action::"Refunds___echo"'
    )
    help_text = "try testing for the attribute's presence with `context.input has ms && ..`"
    assert reasons == [single(policy, statement, message, 2, 8, help_text)]


@pytest.mark.text("S9")
def test_an_argument_that_the_tool_does_not_have(client, engine, gateway):
    statement = on(gateway, "echo", "context.input.amount < 500")
    policy, reasons = failed(client, engine, statement)
    message = 'attribute `input.amount` in context for AgentCore::Action::"Refunds___echo" not found'
    assert reasons == [single(policy, statement, message, 2, 8, "did you mean `ms`?")]


@pytest.mark.text("S13")
def test_a_tool_that_the_gateway_does_not_have(client, engine, gateway):
    statement = on(gateway, "nope", "context.system.now > datetime(\"2026-01-01\")")
    policy, reasons = failed(client, engine, statement)
    [reason] = reasons
    assert reason.startswith(
        f'for policy `{known_as(policy)}`, unrecognized action `AgentCore::Action::"Refunds___nope"`\n'
    )
    assert "\ndid you mean `AgentCore::Action::" in reason


@pytest.mark.text("S5")
def test_a_forbid_on_a_tool_that_nothing_permits(client, gateway):
    engine = make_engine(client)
    _, reasons = failed(client, engine, on(gateway, "process_refund", effect="forbid"))
    assert reasons == [
        "Overly Restrictive: Policy Engine will deny every request for the specified principal (AgentCore::OAuthUser), "
        f"action (Refunds___process_refund) and resource (gateway/{gateway.rsplit('/', 1)[1]}) combination if the "
        "policy is added or updated"
    ]


def test_a_forbid_passes_once_something_is_permitted(client, gateway):
    engine = make_engine(client)
    permit = make_policy(client, engine, on(gateway, "process_refund", "context.input.amount < 500"))
    wait(client, "policy_active", policyEngineId=engine, policyId=permit)
    forbid = make_policy(client, engine, on(gateway, "process_refund", "context.input.amount > 100", effect="forbid"))
    wait(client, "policy_active", policyEngineId=engine, policyId=forbid)


def test_an_unconditional_permit_on_a_tool_is_overly_permissive(client, gateway):
    engine = make_engine(client)
    _, reasons = failed(client, engine, on(gateway, "process_refund"))
    assert len(reasons) == 1
    assert reasons[0].startswith("Overly Permissive: Policy Engine will allow every request")


@pytest.mark.parametrize("kind", ["lambda", "mcpServer", "openApiSchema", "smithyModel"])
def test_each_kind_of_target_brings_a_tool_that_a_statement_can_name(client, engine, kind):
    gateway = make_gateway(client)
    make_target(client, gateway, kind, name="Refunds")
    named = client.get_gateway(gatewayIdentifier=gateway)["gatewayArn"]
    policy = make_policy(client, engine, on(named, "process_refund", "context.input.amount < 500"))
    wait(client, "policy_active", policyEngineId=engine, policyId=policy)
