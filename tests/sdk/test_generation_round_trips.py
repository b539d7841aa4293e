"""Every member of a generation and of a policy that is made of one comes back; the findings of assets, word for word."""

import uuid

import pytest

from conformance.covering import covering, echoed
from conftest import fresh, make_engine, make_gateway, make_target, wait
from test_round_trips import STATEMENTS, members, without_moments

NARROW = "Allow users with the role auditor to use process_refund when the amount is less than 500."


@pytest.fixture(scope="module")
def gateway(client):
    """The ARN of a gateway with the tool Refunds___process_refund."""
    gateway = make_gateway(client)
    make_target(client, gateway, name="Refunds")
    return client.get_gateway(gatewayIdentifier=gateway)["gatewayArn"]


def generate(client, engine, gateway, text):
    """Ids of a GENERATED generation."""
    made = client.start_policy_generation(
        policyEngineId=engine, name=fresh("generation"), resource={"arn": gateway}, content={"rawText": text}
    )
    ids = {"policyEngineId": engine, "policyGenerationId": made["policyGenerationId"]}
    wait(client, "policy_generation_completed", **ids)
    return ids


def assets(client, ids):
    pages = client.get_paginator("list_policy_generation_assets").paginate(**ids)
    return [asset for page in pages for asset in page["policyGenerationAssets"]]


def test_a_generation_comes_back_whole(client, engine, gateway):
    values = {
        "/policyEngineId": engine,
        "/name": lambda: fresh("generation"),
        "/clientToken": lambda: str(uuid.uuid4()),
        "/resource/arn": gateway,
        "/content/rawText": NARROW,
    }
    for request in covering("StartPolicyGeneration", values):
        made = client.start_policy_generation(**request)
        assert made["ResponseMetadata"]["HTTPStatusCode"] == 202
        assert (made["status"], made["statusReasons"]) == ("GENERATING", [])
        assert client.start_policy_generation(**request)["policyGenerationId"] == made["policyGenerationId"]
        ids = {"policyEngineId": engine, "policyGenerationId": made["policyGenerationId"]}
        wait(client, "policy_generation_completed", **ids)
        seen = client.get_policy_generation(**ids)
        assert seen["status"] == "GENERATED"
        wanted = echoed("StartPolicyGeneration", request)
        assert {"name", "resource", "policyEngineId"} == set(wanted)
        assert {name: made[name] for name in wanted} == wanted
        assert without_moments(seen) == without_moments(made)
        engine_arn = client.get_policy_engine(policyEngineId=engine)["policyEngineArn"]
        assert seen["policyGenerationArn"] == f"{engine_arn}/policy-generation/{seen['policyGenerationId']}"

        summary = members(client.get_policy_generation_summary(**ids))
        assert summary.items() <= seen.items()
        for listing, whole in [("generations", members(seen)), ("generation_summaries", summary)]:
            pages = client.get_paginator(f"list_policy_{listing}").paginate(policyEngineId=engine)
            assert whole in [item for page in pages for item in page["policyGenerations"]]


@pytest.mark.text("F4")
def test_an_asset_that_is_valid_becomes_a_policy(client, gateway):
    engine = make_engine(client)
    ids = generate(client, engine, gateway, NARROW)
    [asset] = assets(client, ids)
    assert asset["findings"] == [{"type": "VALID"}]
    assert asset["rawTextFragment"].rstrip(".") == NARROW.rstrip(".")
    [(member, definition)] = asset["definition"].items()
    assert "process_refund" in definition["statement"]

    chosen = {
        "/definition/policyGeneration/policyGenerationId": ids["policyGenerationId"],
        "/definition/policyGeneration/policyGenerationAssetId": asset["policyGenerationAssetId"],
    }
    without = ["/definition/cedar", "/definition/policy"]
    for request in covering("CreatePolicy", STATEMENTS | {"/policyEngineId": engine} | chosen, without=without):
        made = client.create_policy(**request)
        assert made["definition"] == {member: definition}
        policy = {"policyEngineId": engine, "policyId": made["policyId"]}
        wait(client, "policy_active", **policy)
    changes = {f"/{name}": value for name, value in policy.items()} | chosen
    for request in covering("UpdatePolicy", changes, without=without):
        assert client.update_policy(**request)["definition"] == {member: definition}
        wait(client, "policy_active", **policy)


@pytest.mark.text("F3")
def test_an_asset_that_allows_everything_says_so(client, gateway):
    """It names the gateway (service.md section 18, row 50), where Appendix B prints `gateway/*`: see `appendix_b.DIFFERS`."""
    ids = generate(client, make_engine(client), gateway, "Allow every user to use process_refund.")
    [asset] = assets(client, ids)
    [finding] = asset["findings"]
    assert finding["type"] == "ALLOW_ALL"
    identifier = gateway.rsplit("/", 1)[1]
    assert finding["description"] == (
        "Overly Permissive: Policy Engine will allow every request for the specified principal (AgentCore::OAuthUser), "
        f"action (Refunds___process_refund) and resource (gateway/{identifier}) combination if the policy is added or "
        "updated"
    )


@pytest.mark.text("F2")
def test_an_asset_that_cannot_be_said_has_no_definition(client, gateway):
    """GENERATED all the same (service.md 8.6)."""
    ids = generate(client, make_engine(client), gateway, "Make everybody happy")
    [asset] = assets(client, ids)
    assert "definition" not in asset
    [finding] = asset["findings"]
    assert finding["type"] == "NOT_TRANSLATABLE"
    assert finding["description"].startswith(
        "Unsupported Condition Error: The request includes conditions that rely on data or attributes currently not "
        "supported."
    )


def test_by_switch_a_policy_shows_the_asset_that_it_came_from_and_a_generation_its_findings(backends):
    """service.md section 18, `compat.generated-definition-echo` and `compat.generation-findings`."""
    switches = ("compat.generated-definition-echo=reference", "compat.generation-findings=counts")
    client = backends(*(flag for switch in switches for flag in ("--switch", switch))).client()
    gateway = make_gateway(client)
    make_target(client, gateway, name="Refunds")
    engine = make_engine(client)
    ids = generate(client, engine, client.get_gateway(gatewayIdentifier=gateway)["gatewayArn"], NARROW)
    findings = client.get_policy_generation(**ids)["findings"]
    assert "VALID" in findings
    assert client.get_policy_generation_summary(**ids)["findings"] == findings
    for listing in (client.list_policy_generations, client.list_policy_generation_summaries):
        [listed] = listing(policyEngineId=engine)["policyGenerations"]
        assert listed["findings"] == findings

    [asset] = assets(client, ids)
    chosen = {key: value for key, value in ids.items() if key != "policyEngineId"}
    definition = {"policyGeneration": chosen | {"policyGenerationAssetId": asset["policyGenerationAssetId"]}}
    made = client.create_policy(policyEngineId=engine, name=fresh("policy"), definition=definition)
    policy = {"policyEngineId": engine, "policyId": made["policyId"]}
    wait(client, "policy_active", **policy)
    changed = client.update_policy(**policy, definition=definition)
    wait(client, "policy_active", **policy)
    [listed] = client.list_policies(policyEngineId=engine)["policies"]
    for answer in (made, changed, client.get_policy(**policy), listed, client.delete_policy(**policy)):
        assert answer["definition"] == definition
