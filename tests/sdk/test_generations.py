"""boto3 lets policies be written from words, reads the assets, and adopts them (service.md section 8)."""

import datetime
import http.server
import json
import re
import threading
import uuid

import botocore.exceptions
import pytest

from conftest import ACCOUNT, REGION, fresh, make_engine, make_gateway, make_target, settled, wait

FULL = {
    "policyEngineId", "policyGenerationId", "name", "policyGenerationArn", "resource", "createdAt", "updatedAt", "status",
    "statusReasons",
}  # fmt: skip
SUMMARY = FULL - {"statusReasons"}
F2 = (
    "Unsupported Condition Error: The request includes conditions that rely on data or attributes currently not supported."
)
UNTRANSLATABLE = "Happy users can cheer"
TARGET = {
    "mcp": {
        "lambda": {
            "lambdaArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:refunds",
            "toolSchema": {
                "inlinePayload": [
                    {
                        "name": "process_refund",
                        "description": "Pay money back",
                        "inputSchema": {
                            "type": "object",
                            "properties": {"amount": {"type": "integer"}, "reason": {"type": "string"}},
                            "required": ["amount"],
                        },
                    },
                    {"name": "view_order", "description": "Look at an order", "inputSchema": {"type": "object"}},
                ]
            },
        }
    }
}


def members(answer):
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def refund_gateway(client, configuration=TARGET):
    """The ARN of a gateway with the tools above, or with others."""
    gateway = make_gateway(client)
    target = client.create_gateway_target(gatewayIdentifier=gateway, name="RefundTool", targetConfiguration=configuration)
    ready = settled(client.get_gateway_target, gatewayIdentifier=gateway, targetId=target["targetId"])
    assert ready["status"] == "READY", ready
    return client.get_gateway(gatewayIdentifier=gateway)["gatewayArn"]


@pytest.fixture(scope="module")
def gateway(client):
    return refund_gateway(client)


def start(client, engine, gateway, text, **more):
    return client.start_policy_generation(
        policyEngineId=engine, name=more.pop("name", None) or fresh("gen"), resource={"arn": gateway},
        content={"rawText": text}, **more,
    )  # fmt: skip


def generate(client, engine, gateway, text, **more):
    """A generation that was waited for, and its assets."""
    started = start(client, engine, gateway, text, **more)
    named = {"policyEngineId": engine, "policyGenerationId": started["policyGenerationId"]}
    wait(client, "policy_generation_completed", **named)
    pages = client.get_paginator("list_policy_generation_assets").paginate(**named, PaginationConfig={"PageSize": 1})
    return named, [asset for page in pages for asset in page["policyGenerationAssets"]]



def test_start_answers_202_generating_with_the_whole_record(client, engine, gateway):
    name = fresh("gen")
    started = start(client, engine, gateway, "Allow users to process refunds under $500.", name=name)
    assert started["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert set(members(started)) == FULL
    assert (started["status"], started["statusReasons"]) == ("GENERATING", [])
    assert started["createdAt"] == started["updatedAt"]
    assert started["resource"] == {"arn": gateway}
    assert re.fullmatch(rf"{name}-[a-z0-9_]{{10}}", started["policyGenerationId"])
    assert started["policyGenerationArn"] == (
        f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:policy-engine/{engine}/policy-generation/"
        f"{started['policyGenerationId']}"
    )


def test_each_fragment_is_an_asset_with_findings(client, engine, gateway):
    text = f"Allow users to process refunds under $500. Allow all users to view order; Forbid everyone from view_order\n{UNTRANSLATABLE}"
    named, assets = generate(client, engine, gateway, text)
    seen = client.get_policy_generation(**named)
    assert (seen["status"], seen["statusReasons"]) == ("GENERATED", [])
    assert [asset["rawTextFragment"] for asset in assets] == [
        "Allow users to process refunds under $500",
        "Allow all users to view order",
        "Forbid everyone from view_order",
        UNTRANSLATABLE,
    ]
    assert [asset["findings"][0]["type"] for asset in assets] == ["VALID", "ALLOW_ALL", "DENY_ALL", "NOT_TRANSLATABLE"]
    assert assets[0]["findings"] == [{"type": "VALID"}]
    assert assets[0]["definition"] == {
        "policy": {
            "statement": (
                "permit(\n  principal is AgentCore::OAuthUser,\n"
                '  action == AgentCore::Action::"RefundTool___process_refund",\n'
                f'  resource == AgentCore::Gateway::"{gateway}"\n)\nwhen {{\n  context.input.amount < 500\n}};'
            )
        }
    }
    assert assets[1]["findings"][0]["description"].startswith(
        "Overly Permissive: Policy Engine will allow every request for the specified principal (AgentCore::OAuthUser), "
        "action (RefundTool___view_order) and resource (gateway/"
    )
    assert "definition" not in assets[3]
    description = assets[3]["findings"][0]["description"]
    assert description.startswith(F2) and UNTRANSLATABLE in description
    assert all(re.fullmatch(r"asset-[a-z0-9_]{10}", asset["policyGenerationAssetId"]) for asset in assets)


def test_generated_is_not_success(client, engine, gateway):
    named, assets = generate(client, engine, gateway, UNTRANSLATABLE)
    assert client.get_policy_generation(**named)["status"] == "GENERATED"
    assert [asset["findings"][0]["type"] for asset in assets] == ["NOT_TRANSLATABLE"]


def test_get_lists_and_summaries_agree(client, gateway):
    engine = make_engine(client)
    made = [generate(client, engine, gateway, "Allow users to process refunds.")[0] for _ in range(3)]
    full = [members(client.get_policy_generation(**named)) for named in made]
    summaries = [{name: item[name] for name in SUMMARY} for item in full]
    assert [members(client.get_policy_generation_summary(**named)) for named in made] == summaries
    for operation, expected in [("list_policy_generations", full), ("list_policy_generation_summaries", summaries)]:
        pages = list(client.get_paginator(operation).paginate(policyEngineId=engine, PaginationConfig={"PageSize": 2}))
        assert [len(page["policyGenerations"]) for page in pages] == [2, 1]
        assert [item for page in pages for item in page["policyGenerations"]] == expected


def test_names_are_never_reusable_and_tokens_replay(client, engine, gateway):
    name, token = fresh("gen"), uuid.uuid4().hex + "-token"
    first = start(client, engine, gateway, "Allow users to process refunds.", name=name, clientToken=token)
    again = start(client, engine, gateway, "Allow users to process refunds.", name=name, clientToken=token)
    assert again["policyGenerationId"] == first["policyGenerationId"]
    with pytest.raises(client.exceptions.ValidationException) as error:
        start(client, engine, gateway, "Something else.", name=name, clientToken=token)
    assert error.value.response["reason"] == "IdempotentParameterMismatchException"
    with pytest.raises(client.exceptions.ConflictException) as error:
        start(client, engine, gateway, "Allow users to process refunds.", name=name)
    assert error.value.response["Error"]["Message"] == "Generation with the same name already exists"


def test_a_resource_that_is_no_gateway_here_is_refused(client, engine):
    place = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}"
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        start(client, engine, f"{place}:gateway/gone-0123456789", "Allow users to process refunds.")
    with pytest.raises(client.exceptions.ValidationException):
        start(client, engine, f"{place}:policy-engine/{engine}", "Allow users to process refunds.")


def test_what_is_not_there_is_404(client, engine):
    missing = {"policyEngineId": engine, "policyGenerationId": "gone-0123456789"}
    for method in [
        client.get_policy_generation,
        client.get_policy_generation_summary,
        client.list_policy_generation_assets,
    ]:
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            method(**missing)
    for method in [client.list_policy_generations, client.list_policy_generation_summaries]:
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            method(policyEngineId="gone-0123456789")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        start(client, "gone-0123456789", f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:gateway/g-0123456789", "Allow.")


def test_a_policy_adopts_an_asset(client, engine, gateway):
    named, assets = generate(client, engine, gateway, f"Allow users to process refunds under $500.\n{UNTRANSLATABLE}")
    chosen = {
        "policyGenerationId": named["policyGenerationId"],
        "policyGenerationAssetId": assets[0]["policyGenerationAssetId"],
    }
    made = client.create_policy(
        policyEngineId=engine,
        name=fresh("policy"),
        definition={"policyGeneration": chosen},
        validationMode="IGNORE_ALL_FINDINGS",
    )
    assert made["definition"] == assets[0]["definition"]
    policy = {"policyEngineId": engine, "policyId": made["policyId"]}
    settled(client.get_policy, **policy)
    assert client.get_policy(**policy)["definition"] == assets[0]["definition"]
    client.update_policy(**policy, definition={"policyGeneration": chosen}, validationMode="IGNORE_ALL_FINDINGS")
    settled(client.get_policy, **policy)
    for asset, expected in [
        ("asset-0123456789", client.exceptions.ResourceNotFoundException),
        (assets[1]["policyGenerationAssetId"], client.exceptions.ValidationException),
    ]:
        definition = {"policyGeneration": chosen | {"policyGenerationAssetId": asset}}
        with pytest.raises(expected):
            client.create_policy(policyEngineId=engine, name=fresh("policy"), definition=definition)


@pytest.mark.parametrize("blocks", [False, True])
def test_an_engine_with_generations_is_deleted_or_not(backends, blocks):
    """service.md section 18, `compat.generations-block-delete`: nobody can delete a generation."""
    client = backends("--switch", f"compat.generations-block-delete={'yes' if blocks else 'no'}").client()
    engine, gateway = make_engine(client), refund_gateway(client)
    generate(client, engine, gateway, "Allow users to process refunds.")
    if blocks:
        with pytest.raises(client.exceptions.ConflictException, match="policy generations"):
            client.delete_policy_engine(policyEngineId=engine)
        assert client.get_policy_engine(policyEngineId=engine)["status"] == "ACTIVE"
    else:
        client.delete_policy_engine(policyEngineId=engine)
        wait(client, "policy_engine_deleted", policyEngineId=engine)


def test_a_generation_goes_on_after_a_crash(backends):
    backend = backends("--transition-delay", "500ms")
    client = backend.client()
    engine, gateway = make_engine(client), refund_gateway(client)
    started = start(client, engine, gateway, "Allow users to process refunds.")
    backend.kill()
    backend.start()
    client = backend.client()
    named = {"policyEngineId": engine, "policyGenerationId": started["policyGenerationId"]}
    wait(client, "policy_generation_completed", **named)
    assert len(client.list_policy_generation_assets(**named)["policyGenerationAssets"]) == 1


class Model(http.server.BaseHTTPRequestHandler):
    """Answers what the test wrote down, and keeps what it was asked."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append((self.path, self.headers.get("authorization"), body))
        status, answer = self.server.answers.pop(0)
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def model():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
    server.answers, server.asked = [], []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("dialect", ["openai", "converse"])
def test_a_model_writes_and_repairs_and_fails(backends, model, tmp_path, dialect):
    key = tmp_path / "key"
    key.write_text("very-secret\n")
    url = f"http://127.0.0.1:{model.server_port}/v1"
    backend = backends(
        "--author", dialect, "--author-url", url, "--author-model", "m-1", "--author-key-file", str(key)
    )  # fmt: skip
    client = backend.client()
    engine, gateway = make_engine(client), refund_gateway(client)

    def said(condition):
        statement = (
            'permit(principal is AgentCore::OAuthUser, action == AgentCore::Action::"RefundTool___process_refund", '
            f'resource == AgentCore::Gateway::"{gateway}") when {{ {condition} }};'
        )
        text = json.dumps({"drafts": [{"fragment": "Small refunds are fine", "statement": statement}]})
        if dialect == "openai":
            return 200, {"choices": [{"message": {"content": text}}]}
        return 200, {"output": {"message": {"content": [{"text": text}]}}}

    model.answers = [said("context.input.amont < 5"), said("context.input.amount < 5")]
    named, [asset] = generate(client, engine, gateway, "Small refunds are fine.")
    assert asset["findings"] == [{"type": "VALID"}]
    assert "context.input.amount < 5" in asset["definition"]["policy"]["statement"]
    assert [authorization for _, authorization, _ in model.asked] == ["Bearer very-secret"] * 2
    assert "attribute `input.amont`" in json.dumps(model.asked[1][2]["messages"][-1])

    model.answers = [said("context.input.amont < 5"), said("context.input.amont < 5")]
    _, [asset] = generate(client, engine, gateway, "Small refunds are fine.")
    assert asset["findings"][0]["type"] == "INVALID"

    model.answers = [(500, {"message": "very-secret"})]
    with pytest.raises(botocore.exceptions.WaiterError, match="terminal failure state"):
        generate(client, engine, gateway, "Small refunds are fine.")
    failed = client.list_policy_generations(policyEngineId=engine)["policyGenerations"][-1]
    assert failed["status"] == "GENERATE_FAILED"
    assert failed["statusReasons"] == ["the model's endpoint answered 500"]
    assert "very-secret" not in (backend.data_dir.parent / "data.log").read_text()


@pytest.fixture(scope="module")
def timed(backends):
    """A backend whose clock and faults a test can set."""
    return backends("--admin-listen", "127.0.0.1:0")


def test_assets_are_gone_after_seven_days_and_the_generation_is_not(timed):
    client = timed.client()
    engine, gateway = make_engine(client), refund_gateway(client)
    named, [asset] = generate(client, engine, gateway, "Allow users to process refunds under $500.")
    made = client.get_policy_generation(**named)["updatedAt"]
    try:
        for days, left in [(6.9, 1), (7.1, 0)]:
            now = (made + datetime.timedelta(days=days)).astimezone(datetime.UTC)
            assert timed.admin("PUT", "/clock", {"now": now.strftime("%Y-%m-%dT%H:%M:%SZ")})[0] == 200
            assert len(client.list_policy_generation_assets(**named)["policyGenerationAssets"]) == left
            assert client.get_policy_generation(**named)["status"] == "GENERATED"
        chosen = {
            "policyGenerationId": named["policyGenerationId"],
            "policyGenerationAssetId": asset["policyGenerationAssetId"],
        }
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.create_policy(
                policyEngineId=engine, name=fresh("policy"), definition={"policyGeneration": chosen}
            )  # fmt: skip
    finally:
        assert timed.admin("PUT", "/clock", {})[0] == 200


def test_a_script_makes_a_generation_fail(timed):
    client = timed.client()
    engine, gateway = make_engine(client), refund_gateway(client)
    rule = {"operation": "StartPolicyGeneration", "calls": 1, "fail": "The author is tired"}
    status, answer = timed.admin("PUT", "/script", {"rules": [rule]})
    assert status == 200, answer
    started = start(client, engine, gateway, "Allow users to process refunds.")
    named = {"policyEngineId": engine, "policyGenerationId": started["policyGenerationId"]}
    with pytest.raises(botocore.exceptions.WaiterError, match="terminal failure state"):
        wait(client, "policy_generation_completed", **named)
    assert client.get_policy_generation(**named)["statusReasons"] == ["The author is tired"]
    assert timed.admin("DELETE", "/script")[0] == 200
