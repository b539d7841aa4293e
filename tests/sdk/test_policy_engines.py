"""boto3 takes policy engines through their whole life."""

import re

from conftest import ACCOUNT, REGION, fresh, make_engine, wait

FULL = {"policyEngineId", "name", "policyEngineArn", "status", "statusReasons", "createdAt", "updatedAt"}


def members(answer):
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_create_answers_202_creating_with_the_whole_record(client):
    name = fresh("engine")
    made = client.create_policy_engine(name=name, description="What it is for.")
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert made["status"] == "CREATING"
    assert made["statusReasons"] == []
    assert made["createdAt"] == made["updatedAt"]
    assert made["description"] == "What it is for."
    assert re.fullmatch(rf"{name}-[a-z0-9_]{{10}}", made["policyEngineId"])
    assert made["policyEngineArn"] == (
        f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:policy-engine/{made['policyEngineId']}"
    )
    assert set(members(made)) == FULL | {"description"}


def test_get_shows_what_was_created_and_the_summary_leaves_out_what_is_encrypted(client):
    engine = make_engine(client, description="d")
    full = members(client.get_policy_engine(policyEngineId=engine))
    assert full["status"] == "ACTIVE"
    assert set(full) == FULL | {"description"}
    summary = members(client.get_policy_engine_summary(policyEngineId=engine))
    assert summary == {name: full[name] for name in FULL - {"statusReasons"}}


def test_the_description_is_changed_kept_and_cleared(client):
    engine = make_engine(client, description="first")
    for wrapper, expected in [
        ({"description": {"optionalValue": "second"}}, "second"),
        ({}, "second"),
        ({"description": {}}, None),
    ]:
        answer = client.update_policy_engine(policyEngineId=engine, **wrapper)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
        assert answer["status"] == "UPDATING"
        wait(client, "policy_engine_active", policyEngineId=engine)
        seen = client.get_policy_engine(policyEngineId=engine)
        assert seen.get("description") == expected
        assert seen["updatedAt"] > seen["createdAt"]


def test_lists_show_every_engine_in_both_forms(client):
    engine = make_engine(client, description="d")
    full = members(client.get_policy_engine(policyEngineId=engine))
    for operation, expected in [
        ("list_policy_engines", full),
        ("list_policy_engine_summaries", {name: full[name] for name in FULL - {"statusReasons"}}),
    ]:
        pages = client.get_paginator(operation).paginate()
        listed = [item for page in pages for item in page["policyEngines"] if item["policyEngineId"] == engine]
        assert listed == [expected]


def test_delete_answers_202_deleting_and_the_engine_goes(client):
    engine = make_engine(client)
    answer = client.delete_policy_engine(policyEngineId=engine)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert answer["status"] == "DELETING"
    assert answer["policyEngineId"] == engine
    wait(client, "policy_engine_deleted", policyEngineId=engine)


def test_a_name_is_free_again_after_deletion(client):
    name = fresh("engine")
    first = client.create_policy_engine(name=name)["policyEngineId"]
    wait(client, "policy_engine_active", policyEngineId=first)
    client.delete_policy_engine(policyEngineId=first)
    wait(client, "policy_engine_deleted", policyEngineId=first)
    second = client.create_policy_engine(name=name)["policyEngineId"]
    assert second != first
