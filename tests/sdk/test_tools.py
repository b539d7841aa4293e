"""What the targets of a gateway may be read from: folders for buckets, exports of REST APIs, MCP servers that are asked."""

import json
import socket

import pytest

from conformance import documents, served
from conftest import fresh_name, make_engine, make_gateway, make_policy, settled

FILTERS = {"toolFilters": [{"filterPath": "/*", "methods": ["POST"]}]}


class McpServer(served.Handler):
    """An MCP server without sessions: lists its tools in pages of one."""

    tools = ["first", "second", "third"]
    asked = []

    def do_POST(self):
        request = json.loads(self.body())
        self.asked.append(request["method"])
        match request["method"]:
            case "initialize":
                version = request["params"]["protocolVersion"]
                about = {"name": "tools", "version": "1"}
                result = {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": about}
            case "tools/list":
                page = int((request.get("params") or {}).get("cursor") or 0)
                tool = {"name": self.tools[page], "inputSchema": documents.ARGUMENTS}
                more = {"nextCursor": str(page + 1)} if page + 1 < len(self.tools) else {}
                result = {"tools": [tool], **more}
            case _:
                return self.answer(202, b"")
        answer = {"jsonrpc": "2.0", "id": request["id"], "result": result}
        return self.answer(200, json.dumps(answer).encode())

    def do_GET(self):
        self.answer(405, b"")


@pytest.fixture(scope="module")
def mcp_server():
    with served.serving(McpServer) as server:
        yield f"{server.base}/mcp"


@pytest.fixture(scope="module")
def client(backends, tmp_path_factory):
    folder = documents.write(tmp_path_factory.mktemp("schemas"))
    (folder / "bad.json").write_text(json.dumps([{"name": "nameless"}]))
    backend = backends("--s3-bucket", f"schemas={folder}", "--rest-api", f"a1b2c3/prod={folder / 'openapi.json'}")
    return backend.client()


@pytest.fixture(scope="module")
def gateway(client):
    return make_gateway(client)


def target(client, gateway, mcp):
    """A new target as it is when it has settled."""
    made = client.create_gateway_target(
        gatewayIdentifier=gateway, name=fresh_name(), targetConfiguration={"mcp": mcp}
    )
    return settled(client.get_gateway_target, gatewayIdentifier=gateway, targetId=made["targetId"])


def refusal(client, gateway, mcp):
    """What a target is refused with at once."""
    with pytest.raises(client.exceptions.ValidationException) as refused:
        target(client, gateway, mcp)
    return refused.value.response["Error"]["Message"]


def in_bucket(uri):
    return {"lambda": {"lambdaArn": documents.LAMBDA, "toolSchema": {"s3": {"uri": uri}}}}


def rest_api(api, configuration=FILTERS):
    return {"apiGateway": {"restApiId": api, "stage": "prod", "apiGatewayToolConfiguration": configuration}}


@pytest.mark.parametrize("kind, name", [("openApiSchema", "openapi"), ("smithyModel", "smithy"), ("lambda", "tools")])
def test_a_bucket_is_a_folder(client, gateway, kind, name):
    uri = f"s3://schemas/{name}.json"
    mcp = in_bucket(uri) if kind == "lambda" else {kind: {"s3": {"uri": uri}}}
    assert target(client, gateway, mcp)["status"] == "READY"


@pytest.mark.parametrize(
    "uri, words",
    [
        ("s3://other/tools.json", "start it with --s3-bucket other=FOLDER"),
        ("s3://schemas/../tools.json", "none of them `.` or `..`"),
    ],
)
def test_what_is_in_no_bucket_is_refused_at_once(client, gateway, uri, words):
    assert words in refusal(client, gateway, in_bucket(uri))


@pytest.mark.parametrize(
    "uri, words", [("s3://schemas/none.json", "there is no such object"), ("s3://schemas/bad.json", "#/0 must have")]
)
def test_what_a_bucket_does_not_have_fails_the_target(client, gateway, uri, words):
    failed = target(client, gateway, in_bucket(uri))
    assert failed["status"] == "FAILED"
    assert words in failed["statusReasons"][0]


def test_a_rest_api_is_read_from_its_export(client, gateway):
    assert target(client, gateway, rest_api("a1b2c3"))["status"] == "READY"
    assert "start it with --rest-api other=FILE" in refusal(client, gateway, rest_api("other"))
    nothing = {"toolFilters": [{"filterPath": "/nothing", "methods": ["GET"]}]}
    failed = target(client, gateway, rest_api("a1b2c3", nothing))
    assert failed["statusReasons"] == [
        "REST API a1b2c3/prod: The tool filter /nothing matches no path of the REST API"
    ]


def test_an_mcp_server_on_loopback_is_asked_for_all_its_pages(client, gateway, mcp_server):
    McpServer.asked.clear()
    ready = target(client, gateway, {"mcpServer": {"endpoint": mcp_server}})
    assert ready["status"] == "READY"
    assert McpServer.asked.count("tools/list") == 3
    client.synchronize_gateway_targets(gatewayIdentifier=gateway, targetIdList=[ready["targetId"]])
    again = settled(client.get_gateway_target, gatewayIdentifier=gateway, targetId=ready["targetId"])
    assert again["status"] == "READY"
    assert McpServer.asked.count("tools/list") == 6


@pytest.mark.parametrize(
    "condition, status, words",
    [
        ("context.input.amount < 100", "ACTIVE", ""),
        ('context.input has reason && context.input.reason like "*broken*"', "ACTIVE", ""),
        ("context.input.nothing < 100", "CREATE_FAILED", "attribute `input.nothing`"),
        ('context.input.reason == ""', "CREATE_FAILED", "unable to guarantee safety of access"),
    ],
)
@pytest.mark.parametrize("kind", ["mcpServer", "openApiSchema", "smithyModel", "lambda", "apiGateway"])
def test_policies_are_judged_by_the_tools(client, gateway, mcp_server, kind, condition, status, words):
    mcp = rest_api("a1b2c3") if kind == "apiGateway" else documents.configuration(kind)["mcp"]
    tool = "process_refund"
    if kind == "mcpServer":
        mcp, tool = {"mcpServer": {"endpoint": mcp_server}}, "third"
    name = target(client, gateway, mcp)["name"]
    arn = client.get_gateway(gatewayIdentifier=gateway)["gatewayArn"]
    engine = make_engine(client)
    statement = (
        f'permit(principal is AgentCore::IamEntity, action == AgentCore::Action::"{name}___{tool}", '
        f'resource == AgentCore::Gateway::"{arn}") when {{ {condition} }};'
    )
    policy = make_policy(client, engine, statement)
    judged = settled(client.get_policy, policyEngineId=engine, policyId=policy)
    assert judged["status"] == status, judged["statusReasons"]
    assert words in "".join(judged["statusReasons"])


def test_an_mcp_server_that_is_not_there_fails_the_target(client, gateway):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    failed = target(client, gateway, {"mcpServer": {"endpoint": f"http://127.0.0.1:{port}/mcp"}})
    assert failed["status"] == "FAILED"
    assert "cannot be listed" in failed["statusReasons"][0]


def test_an_agent_over_http_is_an_action_and_every_target_a_group(client):
    """service.md 10.2: runtime targets, and groups."""
    gateway = make_gateway(client, protocolType=None)
    arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/claims-0123456789"
    body = {"type": "object", "properties": {"prompt": {"type": "string"}}, "required": ["prompt"]}
    described = {"requestBody": {"required": True, "content": {"application/json": {"schema": body}}}}
    document = {"openapi": "3.0.3", "paths": {"/invocations": {"post": described}}}
    runtime = {"agentcoreRuntime": {"arn": arn, "schema": {"source": {"inlinePayload": json.dumps(document)}}}}
    proxied = {"passthrough": {"endpoint": "https://models.example.com", "protocolType": "INFERENCE"}}
    for name, http in {"Claims": runtime, "Models": proxied}.items():
        made = client.create_gateway_target(gatewayIdentifier=gateway, name=name, targetConfiguration={"http": http})
        ids = {"gatewayIdentifier": gateway, "targetId": made["targetId"]}
        assert settled(client.get_gateway_target, **ids)["status"] == "READY"
    engine = make_engine(client)
    resource = f'resource == AgentCore::Gateway::"{client.get_gateway(gatewayIdentifier=gateway)["gatewayArn"]}"'

    def judged(scope, condition="true"):
        statement = (
            f"permit(principal is AgentCore::OAuthUser, action {scope}, {resource}) "
            f'when {{ principal.id == "me" && {condition} }};'
        )
        policy = make_policy(client, engine, statement)
        return settled(client.get_policy, policyEngineId=engine, policyId=policy)

    invoke = '== AgentCore::Action::"Claims___POST:/invocations"'
    for scope, condition in [
        (invoke, 'context.input.prompt like "Claim *"'),
        ('in AgentCore::Action::"Claims"', "true"),
        ('in AgentCore::Action::"Models"', "true"),
    ]:
        seen = judged(scope, condition)
        assert seen["status"] == "ACTIVE", seen["statusReasons"]
    [reason] = judged(invoke, 'context.input.text like "x"')["statusReasons"]
    assert "attribute `input.text` in context for AgentCore::Action::\"Claims___POST:/invocations\" not found" in reason


def test_http_beyond_loopback_needs_a_flag(client, gateway, backends):
    words = (
        "1 validation error detected. Value at '/targetConfiguration/mcp/mcpServer/endpoint' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: https://.*"
    )
    server = {"mcpServer": {"endpoint": "http://mcp.tools.svc.cluster.local:9/mcp"}}
    assert refusal(client, gateway, server) == words
    other = backends("--insecure-endpoints", "*.svc.cluster.local").client()
    taken = target(other, make_gateway(other), server)
    assert taken["status"] == "FAILED", "there is no such host here, and it was looked for"
    assert "cannot be listed" in taken["statusReasons"][0]


@pytest.mark.parametrize(
    "mcp, words",
    [
        (
            {"connector": {"source": {"connectorId": "web-search"}}},
            "The target configuration mcp.connector is not supported by the local backend",
        ),
        ({"openApiSchema": {"inlinePayload": "openapi: 2.0.0"}}, "#/openapi is 2.0.0"),
        ({"smithyModel": {"inlinePayload": "{}"}}, "# is no Smithy model"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(client, gateway, mcp, words):
    assert words in refusal(client, gateway, mcp)
