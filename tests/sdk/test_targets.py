"""Targets of gateways: names, kinds, what is refused on the way, and tags and lists next to them."""

import pytest

from conformance import documents
from conftest import ROLE, fresh_name, gone, make_gateway, make_target, settled
from test_errors import refused

SERVER = {"mcp": {"mcpServer": {"endpoint": "https://mcp.example.invalid/mcp"}}}


def ids(gateway, target):
    return {"gatewayIdentifier": gateway, "targetId": target}


def test_a_name_is_of_one_target_of_a_gateway_and_can_be_changed(client):
    gateway, other = make_gateway(client), make_gateway(client)
    target = make_target(client, gateway, name="Refunds")
    make_target(client, other, name="Refunds")
    create = {"gatewayIdentifier": gateway, "targetConfiguration": documents.configuration("lambda")}
    answer = refused(client.exceptions.ConflictException, client.create_gateway_target, name="Refunds", **create)
    assert answer["message"] == "Gateway target with the same name already exists"
    second = make_target(client, gateway, name="Second")
    change = {"targetConfiguration": documents.configuration("lambda")}
    refused(
        client.exceptions.ConflictException, client.update_gateway_target, name="Second", **ids(gateway, target), **change
    )
    changed = client.update_gateway_target(name="Renamed", **ids(gateway, target), **change)
    assert (changed["name"], changed["status"]) == ("Renamed", "UPDATING")
    assert settled(client.get_gateway_target, **ids(gateway, target))["status"] == "READY"
    make_target(client, gateway, name="Refunds")
    names = [each["name"] for each in client.list_gateway_targets(gatewayIdentifier=gateway)["items"]]
    assert sorted(names) == ["Refunds", "Renamed", "Second"]
    assert second != target


def test_a_gateway_has_a_name_of_its_own(client):
    name = fresh_name()
    gateway = make_gateway(client, name=name)
    create = {"name": name, "roleArn": ROLE, "authorizerType": "NONE"}
    answer = refused(client.exceptions.ConflictException, client.create_gateway, **create)
    assert answer["message"] == "Gateway with the same name already exists"
    answer = refused(
        client.exceptions.ValidationException, client.update_gateway, gatewayIdentifier=gateway, **create | {"name": "x"}
    )
    assert answer["message"] == f"The name of a gateway cannot be changed; give its name, {name}"
    client.delete_gateway(gatewayIdentifier=gateway)
    gone(client, client.get_gateway, gatewayIdentifier=gateway)
    make_gateway(client, name=name)


def test_a_target_without_a_name_is_refused_or_named_by_the_switch(client, backends):
    create = {"targetConfiguration": documents.configuration("lambda")}
    answer = refused(
        client.exceptions.ValidationException,
        client.create_gateway_target,
        gatewayIdentifier=make_gateway(client),
        **create,
    )
    assert answer["message"] == "A gateway target needs a name"
    naming = backends("--switch", "compat.target-name-omitted=generated").client()
    made = naming.create_gateway_target(gatewayIdentifier=make_gateway(naming), **create)
    assert made["name"] == made["targetId"]


def test_what_was_left_out_of_a_target_is_shown(client):
    gateway = make_gateway(client)
    target = make_target(client, gateway)
    seen = client.get_gateway_target(**ids(gateway, target))
    assert seen["credentialProviderConfigurations"] == [{"credentialProviderType": "GATEWAY_IAM_ROLE"}]
    assert (seen["protocolType"], seen["statusReasons"]) == ("MCP", [])
    assert "lastSynchronizedAt" not in seen
    [summary] = client.list_gateway_targets(gatewayIdentifier=gateway)["items"]
    assert summary["targetType"] == "LAMBDA"
    assert not {"listingMode", "resourcePriority", "lastSynchronizedAt"} & set(summary)


def test_only_tools_that_are_listed_by_a_server_are_synchronized(client):
    gateway = make_gateway(client)
    target = make_target(client, gateway)
    answer = refused(
        client.exceptions.ValidationException,
        client.synchronize_gateway_targets,
        gatewayIdentifier=gateway,
        targetIdList=[target],
    )
    assert answer["message"] == (
        f"Gateway target {target} cannot be synchronized: it is no MCP server, or has a static tool schema"
    )
    refused(
        client.exceptions.ResourceNotFoundException,
        client.synchronize_gateway_targets,
        gatewayIdentifier=gateway,
        targetIdList=["0123456789"],
    )


def test_a_busy_target_is_left_alone(backends):
    client = backends("--transition-delay", "2s").client()
    gateway = make_gateway(client)
    create = {"gatewayIdentifier": gateway, "name": "t", "targetConfiguration": documents.configuration("lambda")}
    target = client.create_gateway_target(**create)["targetId"]
    conflict = client.exceptions.ConflictException
    answer = refused(conflict, client.delete_gateway_target, **ids(gateway, target))
    assert answer["message"] == "Gateway target cannot be deleted while its status is CREATING"
    change = {"targetConfiguration": documents.configuration("lambda")}
    answer = refused(conflict, client.update_gateway_target, **ids(gateway, target), **change)
    assert answer["message"] == "Gateway target cannot be updated while its status is CREATING"
    settled(client.get_gateway_target, **ids(gateway, target))
    client.delete_gateway_target(**ids(gateway, target))
    answer = refused(client.exceptions.ValidationException, client.delete_gateway, gatewayIdentifier=gateway)
    assert answer["message"].startswith(f"Gateway {gateway} has targets associated with it.")


def test_a_busy_gateway_takes_no_target(backends):
    client = backends("--transition-delay", "2s").client()
    gateway = client.create_gateway(name="g", roleArn=ROLE, authorizerType="NONE")["gatewayId"]
    conflict = client.exceptions.ConflictException
    answer = refused(
        conflict,
        client.create_gateway_target,
        gatewayIdentifier=gateway,
        name="t",
        targetConfiguration=documents.configuration("lambda"),
    )
    assert answer["message"] == "Gateway target cannot be created while the status of its gateway is CREATING"
    answer = refused(conflict, client.delete_gateway, gatewayIdentifier=gateway)
    assert answer["message"] == "Gateway cannot be deleted while its status is CREATING"


def test_a_server_that_cannot_be_asked_leaves_a_reason(client):
    gateway = make_gateway(client)
    made = client.create_gateway_target(gatewayIdentifier=gateway, name="t", targetConfiguration=SERVER)
    seen = settled(client.get_gateway_target, **ids(gateway, made["targetId"]))
    assert seen["status"] == "FAILED"
    assert len(seen["statusReasons"]) == 1
    [summary] = client.list_gateway_targets(gatewayIdentifier=gateway)["items"]
    assert (summary["listingMode"], summary["resourcePriority"]) == ("DEFAULT", 1000)
    synchronized = {"gatewayIdentifier": gateway, "targetIdList": [made["targetId"]]}
    [again] = client.synchronize_gateway_targets(**synchronized)["targets"]
    assert (again["status"], again["statusReasons"]) == ("SYNCHRONIZING", [])
    seen = settled(client.get_gateway_target, **ids(gateway, made["targetId"]))
    assert seen["status"] == "SYNCHRONIZE_UNSUCCESSFUL"


def test_lists_of_gateways_and_targets_come_page_after_page(backends):
    client = backends().client()
    gateways = [make_gateway(client) for _ in range(5)]
    targets = [make_target(client, gateways[0]) for _ in range(5)]
    for operation, key, request, made in [
        ("list_gateways", "gatewayId", {}, gateways),
        ("list_gateway_targets", "targetId", {"gatewayIdentifier": gateways[0]}, targets),
    ]:
        pages = list(client.get_paginator(operation).paginate(**request, PaginationConfig={"PageSize": 2}))
        assert [len(page["items"]) for page in pages] == [2, 2, 1]
        assert [item[key] for page in pages for item in page["items"]] == made
        assert "nextToken" not in pages[-1]
        assert len(getattr(client, operation)(maxResults=1000, **request)["items"]) == 5


def test_a_gateway_has_tags_from_its_creation_on(client):
    gateway = make_gateway(client, tags={"team": "a"})
    arn = client.get_gateway(gatewayIdentifier=gateway)["gatewayArn"]
    client.tag_resource(resourceArn=arn, tags={"cost": "1"})
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "a", "cost": "1"}
    client.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"cost": "1"}


def test_a_token_gives_the_same_gateway_and_the_same_target(client):
    token = "0123456789" * 4
    create = {"name": fresh_name(), "roleArn": ROLE, "authorizerType": "AWS_IAM", "clientToken": token}
    gateway = client.create_gateway(**create)["gatewayId"]
    assert client.create_gateway(**create)["gatewayId"] == gateway
    answer = refused(client.exceptions.ValidationException, client.create_gateway, **create | {"description": "d"})
    assert answer["reason"] == "IdempotentParameterMismatchException"
    settled(client.get_gateway, gatewayIdentifier=gateway)
    create = {
        "gatewayIdentifier": gateway,
        "name": "t",
        "targetConfiguration": documents.configuration("lambda"),
        "clientToken": token,
    }
    target = client.create_gateway_target(**create)["targetId"]
    assert client.create_gateway_target(**create)["targetId"] == target


def test_an_engine_that_is_attached_is_kept_unless_the_switch_says_otherwise(backends):
    client = backends("--switch", "compat.delete-attached-engine=allowed").client()
    engine = client.create_policy_engine(name="e")
    client.get_waiter("policy_engine_active").wait(
        policyEngineId=engine["policyEngineId"], WaiterConfig={"Delay": 0.02, "MaxAttempts": 1500}
    )
    attachment = {"arn": engine["policyEngineArn"], "mode": "LOG_ONLY"}
    gateway = make_gateway(client, policyEngineConfiguration=attachment)
    client.delete_policy_engine(policyEngineId=engine["policyEngineId"])
    gone(client, client.get_policy_engine, policyEngineId=engine["policyEngineId"])
    assert client.get_gateway(gatewayIdentifier=gateway)["policyEngineConfiguration"] == attachment


@pytest.mark.parametrize("mode", ["ENFORCE", "LOG_ONLY"])
def test_an_engine_elsewhere_is_not_attached(client, engine, mode):
    arn = client.get_policy_engine(policyEngineId=engine)["policyEngineArn"].replace("us-east-1", "eu-west-1")
    answer = refused(
        client.exceptions.ValidationException,
        client.create_gateway,
        name=fresh_name(),
        roleArn=ROLE,
        authorizerType="AWS_IAM",
        policyEngineConfiguration={"arn": arn, "mode": mode},
    )
    assert answer["message"] == f"Policy engine {arn} is not in the region of the gateway, us-east-1"
