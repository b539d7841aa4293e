"""What was answered with 202 is there after kill -9."""

import uuid

import pytest

from conftest import OTHER_PERMIT, PERMIT, fresh, make_engine, make_policy, wait


@pytest.fixture(scope="module", params=[[], ["--transition-delay", "1s"]], ids=["short", "long"])
def killed(backends, request):
    """A backend that is killed at once after the answer, and started again over the same data."""
    backend = backends(*request.param)

    def kill_after(call):
        answer = call(backend.client())
        assert answer["ResponseMetadata"]["HTTPStatusCode"] in (202, 204)
        backend.kill()
        backend.start()
        return answer, backend.client()

    return backend, kill_after


def test_a_create_survives_and_settles(killed):
    _, kill_after = killed
    token = str(uuid.uuid4())
    request = {"name": fresh("engine"), "description": "d", "tags": {"a": "1"}, "clientToken": token}
    made, client = kill_after(lambda client: client.create_policy_engine(**request))
    engine = made["policyEngineId"]
    wait(client, "policy_engine_active", policyEngineId=engine)
    assert client.get_policy_engine(policyEngineId=engine)["description"] == "d"
    assert client.list_tags_for_resource(resourceArn=made["policyEngineArn"])["tags"] == {"a": "1"}
    assert client.create_policy_engine(**request)["policyEngineId"] == engine, "the token was kept"

    definition = {"cedar": {"statement": PERMIT}}
    made, client = kill_after(
        lambda client: client.create_policy(policyEngineId=engine, name=fresh("policy"), definition=definition)
    )
    wait(client, "policy_active", policyEngineId=engine, policyId=made["policyId"])
    assert client.get_policy(policyEngineId=engine, policyId=made["policyId"])["definition"] == definition


def test_an_update_survives_and_settles(killed):
    backend, kill_after = killed
    client = backend.client()
    engine = make_engine(client)
    policy = make_policy(client, engine)
    wait(client, "policy_active", policyEngineId=engine, policyId=policy)
    change = {"policyEngineId": engine, "policyId": policy, "definition": {"cedar": {"statement": OTHER_PERMIT}}}
    _, client = kill_after(lambda client: client.update_policy(**change))
    wait(client, "policy_active", policyEngineId=engine, policyId=policy)
    assert client.get_policy(policyEngineId=engine, policyId=policy)["definition"]["cedar"]["statement"] == OTHER_PERMIT


def test_a_delete_survives_and_settles(killed):
    backend, kill_after = killed
    client = backend.client()
    engine = make_engine(client)
    policy = make_policy(client, engine)
    wait(client, "policy_active", policyEngineId=engine, policyId=policy)
    _, client = kill_after(lambda client: client.delete_policy(policyEngineId=engine, policyId=policy))
    wait(client, "policy_deleted", policyEngineId=engine, policyId=policy)
    _, client = kill_after(lambda client: client.delete_policy_engine(policyEngineId=engine))
    wait(client, "policy_engine_deleted", policyEngineId=engine)


def test_tags_survive(killed):
    backend, kill_after = killed
    arn = backend.client().get_policy_engine(policyEngineId=make_engine(backend.client()))["policyEngineArn"]
    _, client = kill_after(lambda client: client.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"}))
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "1", "b": "2"}
    _, client = kill_after(lambda client: client.untag_resource(resourceArn=arn, tagKeys=["a"]))
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}


def test_many_answers_in_a_row_all_survive(killed):
    backend, kill_after = killed
    client = backend.client()
    engine = make_engine(client)
    made = [make_policy(client, engine) for _ in range(19)]
    answer, client = kill_after(
        lambda client: client.create_policy(
            policyEngineId=engine, name=fresh("policy"), definition={"cedar": {"statement": PERMIT}}
        )
    )
    made.append(answer["policyId"])
    pages = client.get_paginator("list_policies").paginate(policyEngineId=engine)
    assert [policy["policyId"] for page in pages for policy in page["policies"]] == made
    for policy in made:
        wait(client, "policy_active", policyEngineId=engine, policyId=policy)


def test_asked_to_end_it_ends_with_success(backends):
    backend = backends()
    assert backend.stop() == 0
    backend.start()
