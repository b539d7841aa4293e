"""Policy generation, row by row of service.md section 8: one test a row, named after it."""

import datetime
import json
import re

import botocore.exceptions
import pytest

from conformance import documents
from conftest import ACCOUNT, REGION, fresh, make_engine, make_gateway, settled, wait
from test_generations import F2, UNTRANSLATABLE, generate, model, refund_gateway, start, timed

__all__ = ["model", "timed"]

SMALL = "Allow users to process refunds under $500"
WRITTEN = {"definition", "findings", "policyGenerationAssetId", "rawTextFragment"}


@pytest.fixture(scope="module")
def gateway(client):
    return refund_gateway(client)


def types(assets):
    return [[finding["type"] for finding in asset["findings"]] for asset in assets]


def statement(asset):
    return asset["definition"]["policy"]["statement"]


def test_row_8_1_lifecycle(client, engine, gateway):
    """202 GENERATING, then GENERATED, by the waiter as the SDK has it; no operation deletes a generation."""
    started = start(client, engine, gateway, SMALL)
    assert started["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert started["status"] == "GENERATING"
    named = {"policyEngineId": engine, "policyGenerationId": started["policyGenerationId"]}
    waiter = client.get_waiter("policy_generation_completed")
    assert (waiter.config.delay, waiter.config.max_attempts) == (5, 24)
    ends = {acceptor.expected: acceptor.state for acceptor in waiter.config.acceptors}
    assert ends == {
        "GENERATED": "success", "GENERATING": "retry", "GENERATE_FAILED": "failure", "DELETE_FAILED": "failure",
    }  # fmt: skip
    waiter.wait(**named)
    assert client.get_policy_generation(**named)["status"] == "GENERATED"
    assert not [name for name in client.meta.method_to_api_mapping if name.startswith("delete_policy_generation")]


def test_row_8_1_lifecycle_of_a_failure(backends, model):
    """The waiter ends on GENERATE_FAILED."""
    url = f"http://127.0.0.1:{model.server_port}"
    client = backends("--author", "openai", "--author-url", url, "--author-model", "m").client()
    engine, gateway = make_engine(client), refund_gateway(client)
    model.answers = [(500, {})]
    with pytest.raises(botocore.exceptions.WaiterError, match="terminal failure state"):
        generate(client, engine, gateway, SMALL)
    assert client.list_policy_generations(policyEngineId=engine)["policyGenerations"][0]["status"] == "GENERATE_FAILED"


def test_row_8_2_input(client, engine, gateway):
    """A name, a gateway that is here, 1 to 2000 characters; the gateway's tools are what words can mean."""
    longest = f"{SMALL}. Users can {'x' * 2000}"[:2000]
    _, assets = generate(client, engine, gateway, longest)
    assert types(assets) == [["VALID"], ["NOT_TRANSLATABLE"]]
    for wrong in ({"text": longest + "x"}, {"text": SMALL, "name": "no-hyphens"}):
        with pytest.raises(client.exceptions.ValidationException):
            start(client, engine, gateway, **wrong)
    with pytest.raises(botocore.exceptions.ParamValidationError):
        start(client, engine, gateway, "")
    place = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}"
    with pytest.raises(client.exceptions.ValidationException):
        start(client, engine, f"{place}:policy-engine/{engine}", SMALL)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        start(client, engine, f"{place}:gateway/gone-0123456789", SMALL)
    bare = client.get_gateway(gatewayIdentifier=make_gateway(client))["gatewayArn"]
    _, assets = generate(client, engine, bare, SMALL)
    assert types(assets) == [["NOT_TRANSLATABLE"]]


def test_row_8_3_findings_of_a_generation(client, backends, engine, gateway):
    """One string that is omitted, or counts by `compat.generation-findings`; those of assets are structured."""
    named, assets = generate(client, engine, gateway, f"{SMALL}. {UNTRANSLATABLE}")
    for answer in (client.get_policy_generation(**named), client.get_policy_generation_summary(**named)):
        assert "findings" not in answer
    assert all(set(finding) <= {"type", "description"} for asset in assets for finding in asset["findings"])
    counting = backends("--switch", "compat.generation-findings=counts").client()
    engine, gateway = make_engine(counting), refund_gateway(counting)
    named, _ = generate(counting, engine, gateway, f"{SMALL}. {UNTRANSLATABLE}")
    assert counting.get_policy_generation(**named)["findings"] == "1 NOT_TRANSLATABLE, 1 VALID"


def test_row_8_4_asset(client, engine, gateway):
    """Id, fragment and findings always; no definition where nothing was translated, no description where all is well."""
    _, [good, bad] = generate(client, engine, gateway, f"{SMALL}. {UNTRANSLATABLE}")
    assert set(good) == WRITTEN
    assert good["findings"] == [{"type": "VALID"}]
    assert set(bad) == WRITTEN - {"definition"}
    assert all(1 <= len(asset["rawTextFragment"]) <= 2000 for asset in (good, bad))
    assert bad["findings"][0]["description"]


@pytest.mark.parametrize("between", [". ", "; ", "\n", ", "], ids=["sentence", "semicolon", "newline", "comma"])
def test_row_8_5_fragments(client, engine, gateway, between):
    """Sentence, semicolon, newline and comma separate, and each requirement is one asset."""
    parts = [SMALL, "forbid everyone from view_order"]
    _, assets = generate(client, engine, gateway, between.join(parts))
    assert [asset["rawTextFragment"] for asset in assets] == parts


def test_row_8_5_fragments_are_judged_in_isolation(client, gateway):
    """What other policies are there changes no finding, and a VALID asset can still fail in CreatePolicy (6.6)."""
    engine = make_engine(client)
    text = "Forbid users from processing refunds when the amount is over 500"
    named, [alone] = generate(client, engine, gateway, text)
    assert alone["findings"] == [{"type": "VALID"}]
    chosen = {
        "policyGenerationId": named["policyGenerationId"],
        "policyGenerationAssetId": alone["policyGenerationAssetId"],
    }
    made = client.create_policy(
        policyEngineId=engine, name=fresh("policy"), definition={"policyGeneration": chosen}
    )  # fmt: skip
    failed = settled(client.get_policy, policyEngineId=engine, policyId=made["policyId"])
    assert failed["status"] == "CREATE_FAILED"
    assert failed["statusReasons"][0].startswith("Overly Restrictive")


def test_row_8_6_generated_is_no_success(client, backends, engine, gateway):
    """GENERATED though nothing was; by `compat.generate-failed` it is a failure."""
    named, assets = generate(client, engine, gateway, f"{UNTRANSLATABLE}. {UNTRANSLATABLE} twice")
    assert client.get_policy_generation(**named)["status"] == "GENERATED"
    assert types(assets) == [["NOT_TRANSLATABLE"]] * 2
    assert all(asset["findings"][0]["description"].startswith(F2) for asset in assets)
    strict = backends("--switch", "compat.generate-failed=untranslated").client()
    engine, gateway = make_engine(strict), refund_gateway(strict)
    with pytest.raises(botocore.exceptions.WaiterError, match="terminal failure state"):
        generate(strict, engine, gateway, UNTRANSLATABLE)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (SMALL, "VALID"),
        (UNTRANSLATABLE, "NOT_TRANSLATABLE"),
        ("Allow any authenticated caller to invoke process_refund", "ALLOW_ALL"),
        ("Allow users to process refunds when the reason is provided and the reason is missing", "ALLOW_NONE"),
        ("Forbid all callers from view_order", "DENY_ALL"),
        ("Forbid users from processing refunds when the reason is provided and the reason is missing", "DENY_NONE"),
    ],
)
def test_row_8_7_finding_types(client, engine, gateway, text, kind):
    _, [asset] = generate(client, engine, gateway, text)
    assert set(sum(types([asset]), [])) == {kind}
    if kind == "ALLOW_ALL":
        assert asset["findings"][0]["description"].startswith("Overly Permissive: Policy Engine will allow every request")


def test_row_8_7_the_measured_sentences(client, engine):
    schema = {"type": "object", "properties": {"courseId": {"type": "string"}}}
    tools = [
        {"name": name, "description": f"{does} a course", "inputSchema": schema}
        for name, does in [("get_course", "Gets"), ("delete_course", "Deletes")]
    ]
    configuration = {"mcp": {"lambda": {"lambdaArn": documents.LAMBDA, "toolSchema": {"inlinePayload": tools}}}}
    gateway = refund_gateway(client, configuration)
    text = "Allow any authenticated caller to invoke get_course. Forbid all callers from delete_course"
    _, assets = generate(client, engine, gateway, text)
    assert [set(found) for found in types(assets)] == [{"ALLOW_ALL"}, {"DENY_ALL"}]


def test_row_8_7_finding_types_of_what_is_invalid(backends, model):
    """INVALID: a syntax or schema error, which the grammar never writes, and a model may."""
    url = f"http://127.0.0.1:{model.server_port}"
    client = backends("--author", "openai", "--author-url", url, "--author-model", "m").client()
    engine, gateway = make_engine(client), refund_gateway(client)
    wrong = (
        'permit(principal, action == AgentCore::Action::"RefundTool___process_refund", '
        f'resource == AgentCore::Gateway::"{gateway}") when {{ context.input.nothing == 1 }};'
    )
    text = json.dumps({"drafts": [{"fragment": SMALL, "statement": wrong}]})
    model.answers = [(200, {"choices": [{"message": {"content": text}}]})] * 2
    _, [asset] = generate(client, engine, gateway, SMALL)
    assert types([asset]) == [["INVALID"]]
    assert "attribute `input.nothing`" in asset["findings"][0]["description"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "Forbid principals to process refunds unless they have the scope group:Controller <idp_claims>[\"scope\"]</idp_claims>",
            ['principal.hasTag("scope")', 'principal.getTag("scope") like "*group:Controller*"'],
        ),
        (
            'Allow principals with username "test-user" to process refunds',
            ['principal.getTag("username") == "test-user"'],
        ),
        ("Allow users whose tier claim is \"gold\" to process refunds", ['principal.getTag("tier") == "gold"']),
        ("Allow users to process refunds when a reason is provided", ["context.input has reason"]),
        (
            "Allow users to process refunds between 9am and 5pm UTC",
            ['context.system.now.toTime() >= duration("9h")', 'context.system.now.toTime() <= duration("17h")'],
        ),
    ],
    ids=["given claim", "user name", "custom claim", "provided", "time"],
)
def test_row_8_8_translation_habits(client, engine, gateway, text, parts):
    _, [asset] = generate(client, engine, gateway, text)
    written = statement(asset)
    assert all(part in written for part in parts), written
    # One scope element a line, then the conditions.
    assert re.match(r"(permit|forbid)\(\n  principal[^\n]*,\n  action [^\n]*,\n  resource == [^\n]*\n\)\n(when|unless) \{\n", written)
    assert written.endswith("\n};")


def test_row_8_8_translation_habits_want_utc(client, engine, gateway):
    _, [asset] = generate(client, engine, gateway, "Allow users to process refunds between 9am and 5pm")
    assert types([asset]) == [["NOT_TRANSLATABLE"]]
    assert "UTC" in asset["findings"][0]["description"]


@pytest.mark.parametrize(
    "text",
    [
        "Block requests with violent content",
        "Forbid users from processing refunds when the reason contains personal information",
        "Block prompt attacks",
    ],
)
def test_row_8_9_guardrail_intents_are_refused(client, engine, gateway, text):
    """As in the measurements: no guardrail, so no threshold either."""
    _, [asset] = generate(client, engine, gateway, text)
    assert types([asset]) == [["NOT_TRANSLATABLE"]]
    assert "definition" not in asset


def test_row_8_10_retention(timed):
    """Assets go after seven days; the generation stays, and its name is never free again."""
    client = timed.client()
    engine, gateway = make_engine(client), refund_gateway(client)
    name = fresh("gen")
    named, _ = generate(client, engine, gateway, SMALL, name=name)
    made = client.get_policy_generation(**named)["updatedAt"]
    try:
        for days, left in [(6.9, 1), (7.1, 0)]:
            now = (made + datetime.timedelta(days=days)).astimezone(datetime.UTC)
            assert timed.admin("PUT", "/clock", {"now": now.strftime("%Y-%m-%dT%H:%M:%SZ")})[0] == 200
            assert len(client.list_policy_generation_assets(**named)["policyGenerationAssets"]) == left
        assert client.get_policy_generation(**named)["status"] == "GENERATED"
        with pytest.raises(client.exceptions.ConflictException):
            start(client, engine, gateway, SMALL, name=name)
    finally:
        assert timed.admin("PUT", "/clock", {})[0] == 200


def test_row_8_11_regions_do_not_show(client, engine, gateway):
    """Wherever it was written: nothing in the answers names another region."""
    named, assets = generate(client, engine, gateway, SMALL)
    shown = json.dumps([client.get_policy_generation(**named), assets], default=str)
    assert set(re.findall(r"\b[a-z]{2}-[a-z]+-\d\b", shown)) == {REGION}


def test_the_asset_paginator_shows_every_fragment_once_in_order(client, engine, gateway):
    limits = [f"Allow users to process refunds under ${limit}" for limit in range(100, 112)]
    started = start(client, engine, gateway, ".\n".join(limits))
    named = {"policyEngineId": engine, "policyGenerationId": started["policyGenerationId"]}
    wait(client, "policy_generation_completed", **named)
    pages = client.get_paginator("list_policy_generation_assets").paginate(**named, PaginationConfig={"PageSize": 5})
    pages = [page["policyGenerationAssets"] for page in pages]
    assert [len(page) for page in pages] == [5, 5, 2]
    assert [asset["rawTextFragment"] for page in pages for asset in page] == limits
