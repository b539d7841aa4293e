"""Every member of a gateway and of a target comes back as it was sent, or its arm is refused by name."""

import copy
import uuid

import pytest

from conformance import documents
from conformance.covering import covering, echoed
from conformance.excuses import UNSUPPORTED_ARMS
from conftest import ACCOUNT, REGION, ROLE, fresh_name, make_engine, make_gateway, settled
from test_round_trips import KEY, members, without_moments

LAMBDA = documents.LAMBDA
GATEWAY = {
    "/name": fresh_name,
    "/clientToken": lambda: str(uuid.uuid4()),
    "/roleArn": ROLE,
    "/authorizerType": "CUSTOM_JWT",
    "*/discoveryUrl": "https://idp.example.com/.well-known/openid-configuration",
    "*/lambda/arn": LAMBDA,
    "/kmsKeyArn": KEY,
}
ARM = "/targetConfiguration/mcp"
TARGET = {
    "/name": fresh_name,
    "/clientToken": lambda: str(uuid.uuid4()),
    f"{ARM}/lambda/lambdaArn": LAMBDA,
    f"{ARM}/lambda/toolSchema/s3/uri": "s3://schemas/tools.json",
    f"{ARM}/openApiSchema/s3/uri": "s3://schemas/openapi.json",
    f"{ARM}/smithyModel/s3/uri": "s3://schemas/smithy.json",
    f"{ARM}/mcpServer/mcpToolSchema/s3/uri": "s3://schemas/mcp.json",
    f"{ARM}/openApiSchema/inlinePayload": documents.inline(documents.OPEN_API),
    f"{ARM}/smithyModel/inlinePayload": documents.inline(documents.SMITHY),
    f"{ARM}/mcpServer/mcpToolSchema/inlinePayload": documents.inline([documents.TOOL]),
    f"{ARM}/mcpServer/endpoint": "https://tools.example.com/mcp",
    "*putSchema/type": "object",
    "*putSchema/required/[[]]": "k",
    f"{ARM}/apiGateway/restApiId": "refunds",
    f"{ARM}/apiGateway/stage": "prod",
    f"{ARM}/apiGateway/*/toolFilters/[[]]/filterPath": "/refunds",
    f"{ARM}/apiGateway/*/toolFilters/[[]]/methods/[[]]": "POST",
    f"{ARM}/apiGateway/*/toolOverrides/[[]]/name": "process_refund",
    f"{ARM}/apiGateway/*/toolOverrides/[[]]/path": "/refunds",
    f"{ARM}/apiGateway/*/toolOverrides/[[]]/method": "POST",
    "/targetConfiguration/http/*/inlinePayload": documents.inline(documents.OPEN_API),
    "/targetConfiguration/http/*/s3/uri": "s3://schemas/openapi.json",
}


def arm(request):
    """The arms of a request's unions, as an id of a test."""
    names, inner = [], request.get("targetConfiguration", {})
    while isinstance(inner, dict) and len(inner) == 1:
        [(name, inner)] = inner.items()
        names.append(name)
    return ".".join(names)


@pytest.fixture(scope="module")
def client(with_schemas):
    return with_schemas.client()


def test_a_gateway_comes_back_whole(client):
    engine = client.get_policy_engine(policyEngineId=make_engine(client))["policyEngineArn"]
    for request in covering("CreateGateway", GATEWAY | {"/policyEngineConfiguration/arn": engine}):
        made = client.create_gateway(**request)
        gateway = {"gatewayIdentifier": made["gatewayId"]}
        seen = settled(client.get_gateway, **gateway)
        assert seen["status"] == "READY", seen.get("statusReasons")
        wanted = echoed("CreateGateway", request)
        assert set(request) - set(wanted) == {"clientToken", "tags"}
        assert {name: made.get(name) for name in wanted} == wanted
        assert {name: seen.get(name) for name in wanted} == wanted
        assert client.list_tags_for_resource(resourceArn=seen["gatewayArn"])["tags"] == request["tags"]
        pages = client.get_paginator("list_gateways").paginate()
        [summary] = [each for page in pages for each in page["items"] if each["gatewayId"] == made["gatewayId"]]
        assert summary.items() <= members(seen).items()
        assert {"description", "protocolType"} <= set(summary)


def test_a_replaced_gateway_comes_back_whole(client):
    engine = client.get_policy_engine(policyEngineId=make_engine(client))["policyEngineArn"]
    made = client.get_gateway(gatewayIdentifier=make_gateway(client))
    ids = {"/gatewayIdentifier": made["gatewayId"], "/name": made["name"], "/policyEngineConfiguration/arn": engine}
    for request in covering("UpdateGateway", GATEWAY | ids):
        answer = client.update_gateway(**request)
        assert answer["status"] == "UPDATING"
        seen = settled(client.get_gateway, gatewayIdentifier=made["gatewayId"])
        assert seen["status"] == "READY", seen.get("statusReasons")
        wanted = echoed("UpdateGateway", request)
        assert set(request) - set(wanted) == {"gatewayIdentifier"}
        assert {name: answer.get(name) for name in wanted} == wanted
        assert {name: seen.get(name) for name in wanted} == wanted


TARGETS = list(covering("CreateGatewayTarget", TARGET, without=UNSUPPORTED_ARMS.values()))


@pytest.mark.parametrize("request_", TARGETS, ids=arm)
def test_a_target_comes_back_whole_and_so_does_what_replaces_it(client, request_):
    # service.md section 18, `compat.http-target-without-protocol`.
    protocol = "MCP" if "mcp" in request_["targetConfiguration"] else None
    request = copy.deepcopy(request_) | {"gatewayIdentifier": make_gateway(client, protocolType=protocol)}
    made = client.create_gateway_target(**request)
    target = {"gatewayIdentifier": request["gatewayIdentifier"], "targetId": made["targetId"]}
    for operation, answer in [("CreateGatewayTarget", made), ("UpdateGatewayTarget", None)]:
        if answer is None:
            request.pop("clientToken")
            request |= {"targetId": made["targetId"], "description": "second"}
            answer = client.update_gateway_target(**request)
        seen = settled(client.get_gateway_target, **target)
        assert seen["status"] == "READY", seen.get("statusReasons")
        wanted = echoed(operation, request) | {"targetId": made["targetId"]}
        assert set(request) - set(wanted) == {"gatewayIdentifier"} | ({"clientToken"} & set(request))
        assert {name: answer.get(name) for name in wanted} == wanted
        assert {name: seen.get(name) for name in wanted} == wanted
        [summary] = client.list_gateway_targets(gatewayIdentifier=request["gatewayIdentifier"])["items"]
        assert {name: seen.get(name) for name in ("targetId", "name", "description", "status", "createdAt")} == {
            name: summary[name] for name in ("targetId", "name", "description", "status", "createdAt")
        }


def test_a_synchronized_target_comes_back_whole(client, mcp):
    """And its next update tells when it was synchronized."""
    others = [f"{ARM}/{kind}" for kind in ("apiGateway", "connector", "lambda", "openApiSchema", "smithyModel")]
    without = [*others, f"{ARM}/mcpServer/mcpToolSchema", "/targetConfiguration/http", "/targetConfiguration/inference"]
    gateway = make_gateway(client)
    for request in covering("CreateGatewayTarget", TARGET | {f"{ARM}/mcpServer/endpoint": mcp.url}, without=without):
        request["gatewayIdentifier"] = gateway
        made = client.create_gateway_target(**request)
        target = {"gatewayIdentifier": gateway, "targetId": made["targetId"]}
        assert settled(client.get_gateway_target, **target)["status"] == "READY"
        sought = {"gatewayIdentifier": gateway, "targetIdList": [made["targetId"]]}
        client.synchronize_gateway_targets(**sought)
        seen = settled(client.get_gateway_target, **target)
        [answered] = client.synchronize_gateway_targets(**sought)["targets"]
        assert answered["status"] == "SYNCHRONIZING"
        assert without_moments(answered) == without_moments(seen)
        seen = settled(client.get_gateway_target, **target)
        again = {name: value for name, value in request.items() if name != "clientToken"}
        assert client.update_gateway_target(**again, targetId=made["targetId"])["lastSynchronizedAt"] == (
            seen["lastSynchronizedAt"]
        )
        settled(client.get_gateway_target, **target)


def refused_arm(request):
    """The name of the arm that is not supported; none if all are."""
    return next((name for name in UNSUPPORTED_ARMS if f"{arm(request)}.".startswith(f"{name}.")), None)


REFUSED = [request for request in covering("CreateGatewayTarget", TARGET) if refused_arm(request)]


@pytest.mark.parametrize("request_", REFUSED, ids=arm)
def test_an_arm_that_is_not_supported_is_refused_by_name(client, request_):
    gateway = make_gateway(client)
    made = client.create_gateway_target(
        gatewayIdentifier=gateway, name=fresh_name(), targetConfiguration=documents.configuration("lambda")
    )
    settled(client.get_gateway_target, gatewayIdentifier=gateway, targetId=made["targetId"])
    request = copy.deepcopy(request_) | {"gatewayIdentifier": gateway}
    replacing = {name: value for name, value in request.items() if name != "clientToken"} | {"targetId": made["targetId"]}
    for call, whole in [(client.create_gateway_target, request), (client.update_gateway_target, replacing)]:
        with pytest.raises(client.exceptions.ValidationException) as refused:
            call(**whole)
        assert refused_arm(request) in refused.value.response["message"]


def test_arns_are_made_as_the_service_makes_them_and_urls_are_where_gateways_are_served(client):
    gateway = client.get_gateway(gatewayIdentifier=make_gateway(client))
    identifier = gateway["gatewayId"]
    assert gateway["gatewayArn"] == f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:gateway/{identifier}"
    base, _, path = gateway["gatewayUrl"].partition(f"/{identifier}")
    assert (base.startswith("http://127.0.0.1:"), path) == (True, "/mcp")
