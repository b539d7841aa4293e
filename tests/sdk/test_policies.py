"""boto3 takes policies through their whole life."""

import re

import botocore.exceptions
import pytest

from conftest import ACCOUNT, OTHER_PERMIT, PERMIT, REGION, fresh, make_engine, make_policy, wait

FULL = {
    "policyId", "name", "policyEngineId", "policyArn", "status", "statusReasons", "createdAt", "updatedAt",
    "definition", "enforcementMode",
}  # fmt: skip
SUMMARY = FULL - {"definition", "statusReasons"}

WRONG = (
    "permit (principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway)\n"
    'when { principal.department == "sales" };'
)


def members(answer):
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def reason_for_wrong(policy):
    """The layout of a single error, letter for letter."""
    known_as = policy.replace("-", "_") + "_0"
    message = f"for policy `{known_as}`, attribute `department` on entity type `AgentCore::OAuthUser` not found"
    return (
        f"{message}\n"
        f"{message} at line 2, column 8:\n"
        "1 permit (principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway)\n"
        '2 when { principal.department == "sales" };\n'
        "did you mean `id`?"
    )


def test_create_answers_202_creating_with_the_whole_record(client, engine):
    name = fresh("policy")
    made = client.create_policy(
        policyEngineId=engine,
        name=name,
        description="Why.",
        definition={"cedar": {"statement": PERMIT}},
        validationMode="IGNORE_ALL_FINDINGS",
        enforcementMode="LOG_ONLY",
    )
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert made["status"] == "CREATING"
    assert made["statusReasons"] == []
    assert made["createdAt"] == made["updatedAt"]
    assert made["enforcementMode"] == "LOG_ONLY"
    assert made["definition"] == {"cedar": {"statement": PERMIT}}
    assert made["policyEngineId"] == engine
    assert re.fullmatch(rf"{name}-[a-z0-9_]{{10}}", made["policyId"])
    assert made["policyArn"] == (
        f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:policy-engine/{engine}/policy/{made['policyId']}"
    )
    assert set(members(made)) == FULL | {"description"}


@pytest.mark.parametrize("member", ["cedar", "policy"])
def test_the_definition_comes_back_as_the_member_that_was_used(client, engine, member):
    made = client.create_policy(
        policyEngineId=engine, name=fresh("policy"), definition={member: {"statement": PERMIT}}
    )
    wait(client, "policy_active", policyEngineId=engine, policyId=made["policyId"])
    seen = client.get_policy(policyEngineId=engine, policyId=made["policyId"])
    assert seen["definition"] == {member: {"statement": PERMIT}}
    assert seen["enforcementMode"] == "ACTIVE"


def test_get_and_summary_agree_and_lists_show_both_forms(client, engine):
    policy = make_policy(client, engine, description="d")
    wait(client, "policy_active", policyEngineId=engine, policyId=policy)
    full = members(client.get_policy(policyEngineId=engine, policyId=policy))
    assert set(full) == FULL | {"description"}
    summary = {name: full[name] for name in SUMMARY}
    assert members(client.get_policy_summary(policyEngineId=engine, policyId=policy)) == summary
    for operation, expected in [("list_policies", full), ("list_policy_summaries", summary)]:
        pages = client.get_paginator(operation).paginate(policyEngineId=engine)
        listed = [item for page in pages for item in page["policies"] if item["policyId"] == policy]
        assert listed == [expected]


def test_update_changes_what_is_given_and_keeps_the_rest(client, engine):
    policy = make_policy(client, engine, description="first", enforcementMode="LOG_ONLY")
    wait(client, "policy_active", policyEngineId=engine, policyId=policy)
    expected = {"description": "first", "enforcementMode": "LOG_ONLY", "statement": PERMIT}
    for change, seen_after in [
        ({"description": {"optionalValue": "second"}}, {"description": "second"}),
        ({"enforcementMode": "ACTIVE"}, {"enforcementMode": "ACTIVE"}),
        ({"definition": {"cedar": {"statement": OTHER_PERMIT}}}, {"statement": OTHER_PERMIT}),
        ({"description": {}}, {"description": None}),
    ]:
        answer = client.update_policy(policyEngineId=engine, policyId=policy, **change)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
        assert answer["status"] == "UPDATING"
        wait(client, "policy_active", policyEngineId=engine, policyId=policy)
        expected |= seen_after
        seen = client.get_policy(policyEngineId=engine, policyId=policy)
        assert {
            "description": seen.get("description"),
            "enforcementMode": seen["enforcementMode"],
            "statement": seen["definition"]["cedar"]["statement"],
        } == expected


def test_a_policy_that_does_not_validate_ends_create_failed_and_its_waiter_says_so(client, engine):
    policy = make_policy(client, engine, WRONG)
    with pytest.raises(botocore.exceptions.WaiterError, match="terminal failure state"):
        wait(client, "policy_active", policyEngineId=engine, policyId=policy)
    seen = client.get_policy(policyEngineId=engine, policyId=policy)
    assert seen["status"] == "CREATE_FAILED"
    assert seen["statusReasons"] == [reason_for_wrong(policy)]
    assert seen["enforcementMode"] == "ACTIVE"


def test_a_failed_policy_is_repaired_by_an_update_under_the_same_id(client, engine):
    policy = make_policy(client, engine, WRONG)
    with pytest.raises(botocore.exceptions.WaiterError):
        wait(client, "policy_active", policyEngineId=engine, policyId=policy)
    client.update_policy(policyEngineId=engine, policyId=policy, definition={"cedar": {"statement": PERMIT}})
    wait(client, "policy_active", policyEngineId=engine, policyId=policy)
    assert client.get_policy(policyEngineId=engine, policyId=policy)["statusReasons"] == []


def test_an_update_that_does_not_validate_ends_update_failed(client, engine):
    policy = make_policy(client, engine)
    wait(client, "policy_active", policyEngineId=engine, policyId=policy)
    client.update_policy(policyEngineId=engine, policyId=policy, definition={"cedar": {"statement": WRONG}})
    with pytest.raises(botocore.exceptions.WaiterError, match="terminal failure state"):
        wait(client, "policy_active", policyEngineId=engine, policyId=policy)
    seen = client.get_policy(policyEngineId=engine, policyId=policy)
    assert seen["status"] == "UPDATE_FAILED"
    assert seen["statusReasons"] == [reason_for_wrong(policy)]


def test_several_errors_are_one_status_reason(client, engine):
    policy = make_policy(
        client, engine, "permit(principal, action, resource is AgentCore::Gateway)\nwhen { context.input.amount < 500 };"
    )
    with pytest.raises(botocore.exceptions.WaiterError):
        wait(client, "policy_active", policyEngineId=engine, policyId=policy)
    [reason] = client.get_policy(policyEngineId=engine, policyId=policy)["statusReasons"]
    message = (
        f"for policy `{policy.replace('-', '_')}_0`, "
        'attribute `input` in context for AgentCore::Action::"CallTool" not found'
    )
    assert reason.startswith("Multiple errors occurred during policy parsing/validation:\n* for policy `")
    assert (
        f"\n* {message}\n"
        f"  {message} at line 2, column 8:\n"
        "  1 permit(principal, action, resource is AgentCore::Gateway)\n"
        "  2 when { context.input.amount < 500 };\n"
        "did you mean `output`?\n"
    ) in reason


def test_delete_answers_202_deleting_and_the_policy_goes(client, engine):
    policy = make_policy(client, engine)
    wait(client, "policy_active", policyEngineId=engine, policyId=policy)
    answer = client.delete_policy(policyEngineId=engine, policyId=policy)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert answer["status"] == "DELETING"
    wait(client, "policy_deleted", policyEngineId=engine, policyId=policy)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.delete_policy(policyEngineId=engine, policyId=policy)


def test_the_waiters_end_with_their_own_pauses(client):
    """As an unchanged script waits: 5 s between two looks for ACTIVE, 2 s for gone."""
    engine = client.create_policy_engine(name=fresh("engine"))["policyEngineId"]
    client.get_waiter("policy_engine_active").wait(policyEngineId=engine)
    policy = make_policy(client, engine)
    client.get_waiter("policy_active").wait(policyEngineId=engine, policyId=policy)
    client.delete_policy(policyEngineId=engine, policyId=policy)
    client.get_waiter("policy_deleted").wait(policyEngineId=engine, policyId=policy)
    client.delete_policy_engine(policyEngineId=engine)
    client.get_waiter("policy_engine_deleted").wait(policyEngineId=engine)


def test_an_engine_with_a_failed_policy_is_not_empty(client):
    engine = make_engine(client)
    policy = make_policy(client, engine, WRONG)
    with pytest.raises(botocore.exceptions.WaiterError):
        wait(client, "policy_active", policyEngineId=engine, policyId=policy)
    with pytest.raises(client.exceptions.ConflictException):
        client.delete_policy_engine(policyEngineId=engine)
    client.delete_policy(policyEngineId=engine, policyId=policy)
    wait(client, "policy_deleted", policyEngineId=engine, policyId=policy)
    client.delete_policy_engine(policyEngineId=engine)
    wait(client, "policy_engine_deleted", policyEngineId=engine)
