"""Every member of a request that the answers have comes back as it was sent: in the answer, in Get and in lists."""

import uuid

import pytest

from conformance.covering import covering, echoed
from conftest import ACCOUNT, OTHER_PERMIT, PERMIT, REGION, fresh, make_engine, make_policy, wait

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{uuid.UUID(int=7)}"


def members(answer):
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def without_moments(answer):
    return {name: value for name, value in members(answer).items() if name not in ("status", "updatedAt")}


def test_an_engine_comes_back_whole(client):
    values = {"/name": lambda: fresh("engine"), "/clientToken": lambda: str(uuid.uuid4()), "/encryptionKeyArn": KEY}
    for request in covering("CreatePolicyEngine", values):
        made = client.create_policy_engine(**request)
        engine = made["policyEngineId"]
        wait(client, "policy_engine_active", policyEngineId=engine)
        seen = client.get_policy_engine(policyEngineId=engine)
        wanted = echoed("CreatePolicyEngine", request)
        assert {"name", "description", "encryptionKeyArn"} == set(wanted)
        assert {name: made[name] for name in wanted} == wanted
        assert {name: seen[name] for name in wanted} == wanted
        assert without_moments(seen) == without_moments(made)
        assert client.list_tags_for_resource(resourceArn=seen["policyEngineArn"])["tags"] == request["tags"]

        summary = members(client.get_policy_engine_summary(policyEngineId=engine))
        assert summary.items() <= seen.items()
        assert summary["encryptionKeyArn"] == KEY
        for listing, whole in [("list_policy_engines", members(seen)), ("list_policy_engine_summaries", summary)]:
            pages = client.get_paginator(listing).paginate()
            assert whole in [item for page in pages for item in page["policyEngines"]]

        changed = client.update_policy_engine(policyEngineId=engine, description={"optionalValue": "other"})
        assert changed["encryptionKeyArn"] == KEY
        wait(client, "policy_engine_active", policyEngineId=engine)
        assert members(client.delete_policy_engine(policyEngineId=engine))["description"] == "other"


# A policy of a generation is made in test_generations.
STATEMENTS = {
    "/definition/*/statement": PERMIT,
    "/name": lambda: fresh("policy"),
    "/clientToken": lambda: str(uuid.uuid4()),
}


@pytest.mark.parametrize("arm", ["cedar", "policy"])
def test_a_policy_comes_back_whole(client, engine, arm):
    others = [f"/definition/{other}" for other in ("cedar", "policy", "policyGeneration") if other != arm]
    for request in covering("CreatePolicy", STATEMENTS | {"/policyEngineId": engine}, without=others):
        made = client.create_policy(**request)
        policy = {"policyEngineId": engine, "policyId": made["policyId"]}
        wait(client, "policy_active", **policy)
        seen = client.get_policy(**policy)
        wanted = echoed("CreatePolicy", request)
        assert {"name", "description", "definition", "enforcementMode", "policyEngineId"} == set(wanted)
        assert {name: made[name] for name in wanted} == wanted
        assert {name: seen[name] for name in wanted} == wanted
        assert without_moments(seen) == without_moments(made)


@pytest.mark.parametrize("arm", ["cedar", "policy"])
def test_a_changed_policy_comes_back_whole(client, engine, arm):
    policy = {"policyEngineId": engine, "policyId": make_policy(client, engine)}
    wait(client, "policy_active", **policy)
    others = [f"/definition/{other}" for other in ("cedar", "policy", "policyGeneration") if other != arm]
    ids = {f"/{name}": value for name, value in policy.items()}
    for request in covering("UpdatePolicy", ids | {"/definition/*/statement": OTHER_PERMIT}, without=others):
        changed = client.update_policy(**request)
        wait(client, "policy_active", **policy)
        seen = client.get_policy(**policy)
        wanted = echoed("UpdatePolicy", request) | {"description": request["description"]["optionalValue"]}
        assert {name: changed[name] for name in wanted} == wanted
        assert {name: seen[name] for name in wanted} == wanted
        assert without_moments(seen) == without_moments(changed)
    assert without_moments(client.delete_policy(**policy)) == without_moments(seen)


def test_policies_are_listed_for_the_resource_that_they_speak_of(client):
    """A type-level policy speaks of every gateway (service.md section 18, `compat.target-resource-scope`)."""
    engine = make_engine(client)
    policy = make_policy(client, engine)
    gateway = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:gateway/any-0123456789"
    for listing in (client.list_policies, client.list_policy_summaries):
        listed = listing(policyEngineId=engine, targetResourceScope=gateway)["policies"]
        assert [each["policyId"] for each in listed] == [policy]
