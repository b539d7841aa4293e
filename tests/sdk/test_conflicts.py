"""Every operation that knows ConflictException has a state in which it gives it, and what it says then."""

import pytest

from conformance import documents
from conftest import ROLE, fresh, fresh_name, gone, make_engine, make_gateway, make_target
from test_errors import refused

LAMBDA = documents.configuration("lambda")


def conflict(client, call, **request):
    answer = refused(client.exceptions.ConflictException, call, **request)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 409
    return answer["message"]


@pytest.fixture(scope="module")
def slow(backends):
    """A client of a backend where a test can look into what is under way."""
    return backends("--transition-delay", "1s").client()


def test_an_engine_that_is_busy_is_left_alone(slow):
    engine = slow.create_policy_engine(name=fresh("engine"))["policyEngineId"]
    for call, verb in [(slow.update_policy_engine, "updated"), (slow.delete_policy_engine, "deleted")]:
        said = conflict(slow, call, policyEngineId=engine)
        assert said == f"Policy engine cannot be {verb} while its status is CREATING"


def test_a_gateway_that_is_busy_is_left_alone(slow):
    settings = {"name": fresh_name(), "roleArn": ROLE, "authorizerType": "AWS_IAM", "protocolType": "MCP"}
    gateway = slow.create_gateway(**settings)["gatewayId"]
    for call, request in [
        (slow.update_gateway, settings),
        (slow.delete_gateway, {}),
        (slow.create_gateway_target, {"name": fresh_name(), "targetConfiguration": LAMBDA}),
    ]:
        assert "CREATING" in conflict(slow, call, gatewayIdentifier=gateway, **request)


def test_a_target_that_is_busy_is_left_alone(slow, mcp):
    gateway = make_gateway(slow)
    listed = {"mcp": {"mcpServer": {"endpoint": mcp.url}}}
    made = slow.create_gateway_target(gatewayIdentifier=gateway, name=fresh_name(), targetConfiguration=listed)
    ids = {"gatewayIdentifier": gateway, "targetId": made["targetId"]}
    for call, request in [
        (slow.update_gateway_target, ids | {"name": made["name"], "targetConfiguration": LAMBDA}),
        (slow.delete_gateway_target, ids),
        (slow.synchronize_gateway_targets, {"gatewayIdentifier": gateway, "targetIdList": [made["targetId"]]}),
    ]:
        assert "CREATING" in conflict(slow, call, **request)


def test_names_of_gateways_and_targets_are_taken_once(client):
    name = fresh_name()
    gateway = make_gateway(client, name=name)
    settings = {"name": name, "roleArn": ROLE, "authorizerType": "AWS_IAM"}
    assert "already exists" in conflict(client, client.create_gateway, **settings)
    target = make_target(client, gateway, name="Refunds")
    again = {"gatewayIdentifier": gateway, "name": "Refunds", "targetConfiguration": LAMBDA}
    assert "already exists" in conflict(client, client.create_gateway_target, **again)
    client.delete_gateway_target(gatewayIdentifier=gateway, targetId=target)
    gone(client, client.get_gateway_target, gatewayIdentifier=gateway, targetId=target)
    assert make_target(client, gateway, name="Refunds") != target


@pytest.mark.text("E14")
def test_names_of_generations_are_taken_for_ever(client):
    engine = make_engine(client)
    request = {
        "policyEngineId": engine,
        "name": fresh("generation"),
        "resource": {"arn": client.get_gateway(gatewayIdentifier=make_gateway(client))["gatewayArn"]},
        "content": {"rawText": "Allow everyone to use every tool."},
    }
    client.start_policy_generation(**request)
    assert conflict(client, client.start_policy_generation, **request) == "Generation with the same name already exists"
