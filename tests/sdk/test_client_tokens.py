"""A client token makes a create happen once."""

import uuid

import pytest

from conftest import PERMIT, fresh, wait


def test_an_engine_is_created_once_for_a_token(client):
    request = {"name": fresh("engine"), "description": "d", "tags": {"a": "1"}, "clientToken": str(uuid.uuid4())}
    first = client.create_policy_engine(**request)
    again = client.create_policy_engine(**request)
    assert again["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert again["policyEngineId"] == first["policyEngineId"]
    wait(client, "policy_engine_active", policyEngineId=first["policyEngineId"])
    assert client.create_policy_engine(**request)["policyEngineId"] == first["policyEngineId"]


def test_a_policy_is_created_once_for_a_token(client, engine):
    request = {
        "policyEngineId": engine,
        "name": fresh("policy"),
        "definition": {"cedar": {"statement": PERMIT}},
        "clientToken": str(uuid.uuid4()),
    }
    first = client.create_policy(**request)
    assert client.create_policy(**request)["policyId"] == first["policyId"]


def test_a_token_with_another_request_is_refused(client, engine):
    token = str(uuid.uuid4())
    client.create_policy_engine(name=fresh("engine"), clientToken=token)
    with pytest.raises(client.exceptions.ValidationException) as refused:
        client.create_policy_engine(name=fresh("engine"), clientToken=token)
    assert refused.value.response["reason"] == "IdempotentParameterMismatchException"

    token = str(uuid.uuid4())
    request = {"policyEngineId": engine, "name": fresh("policy"), "clientToken": token}
    client.create_policy(**request, definition={"cedar": {"statement": PERMIT}})
    with pytest.raises(client.exceptions.ValidationException) as refused:
        client.create_policy(**request, definition={"policy": {"statement": PERMIT}})
    assert refused.value.response["reason"] == "IdempotentParameterMismatchException"


def test_the_same_name_with_another_token_is_a_conflict(client, engine):
    engine_name, policy_name = fresh("engine"), fresh("policy")
    definition = {"cedar": {"statement": PERMIT}}
    client.create_policy_engine(name=engine_name)
    with pytest.raises(client.exceptions.ConflictException) as refused:
        client.create_policy_engine(name=engine_name)
    assert refused.value.response["message"] == "Policy engine with the same name already exists"
    client.create_policy(policyEngineId=engine, name=policy_name, definition=definition)
    with pytest.raises(client.exceptions.ConflictException) as refused:
        client.create_policy(policyEngineId=engine, name=policy_name, definition=definition)
    assert refused.value.response["message"] == "Policy with the same name already exists"
