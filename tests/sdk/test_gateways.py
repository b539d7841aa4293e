"""Gateways as policies need them: attaching engines, deleting in the right order, and what is refused on the way."""

import socket

import pytest

from conftest import ROLE, fresh, fresh_name, gone, make_engine, make_gateway, make_target, settled
from test_errors import refused

JWT = {
    "customJWTAuthorizer": {
        "discoveryUrl": "https://idp.example.com/.well-known/openid-configuration",
        "allowedAudience": ["agents"],
    }
}


def settings(client, gateway):
    """What has to be sent back so that an update changes nothing else (service.md 9.3)."""
    seen = client.get_gateway(gatewayIdentifier=gateway)
    kept = ("name", "description", "roleArn", "authorizerType", "authorizerConfiguration", "protocolType")
    return {"gatewayIdentifier": gateway} | {name: seen[name] for name in kept if name in seen}


def arn(client, engine):
    return client.get_policy_engine(policyEngineId=engine)["policyEngineArn"]


def update(client, gateway, **change):
    client.update_gateway(**(settings(client, gateway) | change))
    seen = settled(client.get_gateway, gatewayIdentifier=gateway)
    assert seen["status"] == "READY", seen.get("statusReasons")
    return seen


def test_an_engine_is_attached_and_detached_by_leaving_it_out(client):
    engine = make_engine(client)
    gateway = make_gateway(client, description="d")
    attached = {"arn": arn(client, engine), "mode": "ENFORCE"}
    assert update(client, gateway, policyEngineConfiguration=attached)["policyEngineConfiguration"] == attached
    said = refused(client.exceptions.ConflictException, client.delete_policy_engine, policyEngineId=engine)
    assert said["message"]
    seen = update(client, gateway)
    assert "policyEngineConfiguration" not in seen
    assert seen["description"] == "d"
    client.delete_policy_engine(policyEngineId=engine)


@pytest.mark.text("E20")
def test_the_authorizer_of_a_jwt_gateway_is_not_left_out(client):
    gateway = make_gateway(client, authorizerType="CUSTOM_JWT", authorizerConfiguration=JWT)
    request = settings(client, gateway)
    del request["authorizerConfiguration"]
    answer = refused(client.exceptions.ValidationException, client.update_gateway, **request)
    assert answer["message"] == "AuthorizerConfiguration is required for CUSTOM_JWT authorizer type"
    create = {"name": fresh_name(), "roleArn": ROLE, "authorizerType": "CUSTOM_JWT"}
    answer = refused(client.exceptions.ValidationException, client.create_gateway, **create)
    assert answer["message"] == "AuthorizerConfiguration is required for CUSTOM_JWT authorizer type"


@pytest.mark.text("E21")
def test_only_an_active_engine_is_attached(backends):
    client = backends("--transition-delay", "1s").client()
    gateway = make_gateway(client)
    engine = client.create_policy_engine(name=fresh("engine"))
    attached = {"policyEngineConfiguration": {"arn": engine["policyEngineArn"], "mode": "ENFORCE"}}
    request = settings(client, gateway) | attached
    answer = refused(client.exceptions.ValidationException, client.update_gateway, **request)
    assert "must be in ACTIVE state" in answer["message"]
    create = {"name": fresh_name(), "roleArn": ROLE, "authorizerType": "AWS_IAM", **attached}
    answer = refused(client.exceptions.ValidationException, client.create_gateway, **create)
    assert "must be in ACTIVE state" in answer["message"]


def test_an_engine_that_does_not_exist_is_not_attached(client):
    unknown = arn(client, make_engine(client)).rsplit("/", 1)[0] + "/gone-0123456789"
    request = settings(client, make_gateway(client))
    request["policyEngineConfiguration"] = {"arn": unknown, "mode": "ENFORCE"}
    refused(client.exceptions.ValidationException, client.update_gateway, **request)


@pytest.mark.text("E22")
def test_a_gateway_with_targets_is_not_deleted(client):
    gateway = make_gateway(client)
    target = make_target(client, gateway)
    answer = refused(client.exceptions.ValidationException, client.delete_gateway, gatewayIdentifier=gateway)
    assert answer["message"] == (
        f"Gateway {gateway} has targets associated with it. Delete all targets before deleting the gateway."
    )
    client.delete_gateway_target(gatewayIdentifier=gateway, targetId=target)
    gone(client, client.get_gateway_target, gatewayIdentifier=gateway, targetId=target)
    deleted = client.delete_gateway(gatewayIdentifier=gateway)
    assert (deleted["gatewayId"], deleted["status"]) == (gateway, "DELETING")
    gone(client, client.get_gateway, gatewayIdentifier=gateway)


@pytest.mark.text("E19")
def test_an_http_target_is_not_for_an_mcp_gateway(client):
    http = {"passthrough": {"endpoint": "https://models.example.com", "protocolType": "INFERENCE"}}
    answer = refused(
        client.exceptions.ValidationException,
        client.create_gateway_target,
        gatewayIdentifier=make_gateway(client),
        name=fresh_name(),
        targetConfiguration={"http": http},
    )
    assert answer["message"] == (
        "HTTP target configuration is not supported for gateways with MCP protocol type. Provide an MCP-compatible "
        "target configuration and retry the request."
    )


def test_an_mcp_server_is_asked_for_its_tools_again(client, mcp):
    gateway = make_gateway(client)
    # Whatever of a target can come back with it (service.md 9.8).
    members = {
        "description": "d",
        "targetConfiguration": {"mcp": {"mcpServer": {"endpoint": mcp.url, "listingMode": "DEFAULT", "resourcePriority": 7}}},
    }
    target = make_target(client, gateway, **members)
    ids = {"gatewayIdentifier": gateway, "targetId": target}
    before = client.get_gateway_target(**ids)
    [answered] = client.synchronize_gateway_targets(gatewayIdentifier=gateway, targetIdList=[target])["targets"]
    assert (answered["targetId"], answered["status"]) == (target, "SYNCHRONIZING")
    seen = settled(client.get_gateway_target, **ids)
    assert seen["status"] == "READY"
    assert seen["lastSynchronizedAt"] > before["createdAt"]
    [summary] = client.list_gateway_targets(gatewayIdentifier=gateway)["items"]
    assert (summary["targetType"], summary["listingMode"], summary["resourcePriority"]) == ("MCP_SERVER", "DEFAULT", 7)
    assert summary["lastSynchronizedAt"] == seen["lastSynchronizedAt"]


def test_only_an_mcp_server_without_a_list_of_its_own_is_synchronized(client):
    gateway = make_gateway(client)
    for kind in ("lambda", "mcpServer"):
        ids = {"gatewayIdentifier": gateway, "targetIdList": [make_target(client, gateway, kind)]}
        refused(client.exceptions.ValidationException, client.synchronize_gateway_targets, **ids)


def test_a_target_whose_tools_cannot_be_had_fails_and_says_why(client):
    """A port where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{free.getsockname()[1]}/mcp"
        gateway = make_gateway(client)
        made = client.create_gateway_target(
            gatewayIdentifier=gateway,
            name=fresh_name(),
            targetConfiguration={"mcp": {"mcpServer": {"endpoint": endpoint}}},
        )
        seen = settled(client.get_gateway_target, gatewayIdentifier=gateway, targetId=made["targetId"])
    assert seen["status"] == "FAILED"
    assert endpoint in seen["statusReasons"][0]
    deleted = client.delete_gateway_target(gatewayIdentifier=gateway, targetId=made["targetId"])
    assert (deleted["targetId"], deleted["status"]) == (made["targetId"], "DELETING")


def test_gateways_and_targets_are_listed_page_after_page(backends):
    client = backends().client()
    gateways = [make_gateway(client) for _ in range(5)]
    pages = client.get_paginator("list_gateways").paginate(PaginationConfig={"PageSize": 2})
    listed = [[each["gatewayId"] for each in page["items"]] for page in pages]
    assert listed == [gateways[:2], gateways[2:4], gateways[4:]]
    targets = [make_target(client, gateways[0]) for _ in range(5)]
    pages = client.get_paginator("list_gateway_targets").paginate(
        gatewayIdentifier=gateways[0], PaginationConfig={"PageSize": 2}
    )
    listed = [[each["targetId"] for each in page["items"]] for page in pages]
    assert listed == [targets[:2], targets[2:4], targets[4:]]
