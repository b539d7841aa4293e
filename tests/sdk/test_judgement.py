"""Policies about a gateway's tools, judged with the other policies of their engine (service.md 6.4 and 6.6)."""

import botocore.exceptions
import pytest

from conftest import PERMIT, make_engine, make_gateway, make_policy, make_target, wait

INPUT = {"type": "object", "properties": {"amount": {"type": "integer"}}, "required": ["amount"]}
TARGET = "catalog-tools"
TOOLS = ("refund", "delete_course")


@pytest.fixture
def engine(client):
    """An engine without policies, for each test."""
    return make_engine(client)


@pytest.fixture(scope="module")
def gateway(client):
    """Id and ARN of a gateway with the tools."""
    tools = [{"name": name, "description": name, "inputSchema": INPUT} for name in TOOLS]
    configuration = {
        "mcp": {
            "lambda": {
                "lambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:f",
                "toolSchema": {"inlinePayload": tools},
            }
        }
    }
    gateway = make_gateway(client)
    make_target(client, gateway, name=TARGET, targetConfiguration=configuration)
    return gateway, client.get_gateway(gatewayIdentifier=gateway)["gatewayArn"]


def statement(gateway, effect="permit", principal="principal is AgentCore::OAuthUser", tool=TOOLS[0], clause=""):
    """A statement about one tool of the gateway."""
    action = f'action == AgentCore::Action::"{TARGET}___{tool}"'
    return f'{effect}({principal}, {action}, resource == AgentCore::Gateway::"{gateway[1]}")\n{clause};'


def judged(client, engine, text, **members):
    """Id, status and reasons of a new policy."""
    policy = make_policy(client, engine, text, **members)
    try:
        wait(client, "policy_active", policyEngineId=engine, policyId=policy)
    except botocore.exceptions.WaiterError as error:
        assert "terminal failure state" in str(error)
    seen = client.get_policy(policyEngineId=engine, policyId=policy)
    return policy, seen["status"], seen["statusReasons"]


def found(heading, does, principal, action, resource):
    return (
        f"{heading}: Policy Engine will {does} every request for the specified principal (AgentCore::{principal}), "
        f"action ({action}) and resource ({resource}) combination if the policy is added or updated"
    )


def permissive(principal, action, resource):
    return found("Overly Permissive", "allow", principal, action, resource)


def restrictive(principal, action, resource):
    return found("Overly Restrictive", "deny", principal, action, resource)


def test_a_forbid_without_a_permit_for_the_other_type_of_principal(client, engine, gateway):
    clause = "when { context.input.amount > 500 }"
    tool = f"{TARGET}___delete_course"
    forbid = statement(gateway, "forbid", "principal", "delete_course", clause)
    _, status, reasons = judged(client, engine, forbid)
    assert status == "CREATE_FAILED"
    both = [restrictive(principal, tool, f"gateway/{gateway[0]}") for principal in ("IamEntity", "OAuthUser")]
    assert reasons == both
    assert judged(client, engine, PERMIT)[1] == "ACTIVE"
    assert judged(client, engine, forbid)[2] == both[:1]
    typed = statement(gateway, "forbid", tool="delete_course", clause=clause)
    assert judged(client, engine, typed)[1] == "ACTIVE"


def test_an_update_without_a_mode_fails_on_findings(client, engine, gateway):
    narrow = statement(gateway, clause="when { context.input.amount < 500 }")
    policy, status, _ = judged(client, engine, narrow)
    assert status == "ACTIVE"
    broad = {"cedar": {"statement": statement(gateway)}}
    client.update_policy(policyEngineId=engine, policyId=policy, definition=broad)
    with pytest.raises(botocore.exceptions.WaiterError):
        wait(client, "policy_active", policyEngineId=engine, policyId=policy)
    seen = client.get_policy(policyEngineId=engine, policyId=policy)
    assert seen["status"] == "UPDATE_FAILED"
    assert seen["statusReasons"] == [permissive("OAuthUser", f"{TARGET}___refund", f"gateway/{gateway[0]}")]


def test_tools_that_policies_of_all_gateways_know(backends):
    """Those of the gateways that the engine is attached to (service.md 6.4)."""
    client = backends().client()
    engine = make_engine(client)
    arn = client.get_policy_engine(policyEngineId=engine)["policyEngineArn"]
    text = (
        "permit(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway)\n"
        'when { action == AgentCore::Action::"shop___echo" };'
    )
    _, status, reasons = judged(client, engine, text)
    assert status == "CREATE_FAILED" and "unrecognized action" in reasons[0]
    gateway = make_gateway(client, policyEngineConfiguration={"arn": arn, "mode": "ENFORCE"})
    tools = [{"name": "echo", "description": "echo", "inputSchema": {"type": "object"}}]
    function = {"lambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:f", "toolSchema": {"inlinePayload": tools}}
    make_target(client, gateway, name="shop", targetConfiguration={"mcp": {"lambda": function}})
    _, status, reasons = judged(client, engine, text)
    assert reasons == [permissive("OAuthUser", "shop___echo", "gateway/*")]
