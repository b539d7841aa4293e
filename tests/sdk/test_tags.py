"""Tags are set at creation and later, on engines and on policies."""

import pytest

from conftest import make_engine, make_policy


def tags(client, arn):
    return client.list_tags_for_resource(resourceArn=arn)["tags"]


def test_an_engine_keeps_the_tags_it_was_created_with(client):
    engine = make_engine(client, tags={"team": "a", "cost:center": "1 + 1 = 2"})
    arn = client.get_policy_engine(policyEngineId=engine)["policyEngineArn"]
    assert tags(client, arn) == {"team": "a", "cost:center": "1 + 1 = 2"}


def test_tags_are_added_replaced_and_taken_away(client, engine):
    policy = make_policy(client, engine)
    for arn in [
        client.get_policy_engine(policyEngineId=engine)["policyEngineArn"],
        client.get_policy(policyEngineId=engine, policyId=policy)["policyArn"],
    ]:
        answer = client.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2", "c/d": ""})
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
        client.tag_resource(resourceArn=arn, tags={"b": "3"})
        assert tags(client, arn) == {"a": "1", "b": "3", "c/d": ""}
        answer = client.untag_resource(resourceArn=arn, tagKeys=["a", "c/d", "never there"])
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
        assert tags(client, arn) == {"b": "3"}


def test_what_does_not_exist_has_no_tags(client, engine):
    arn = client.get_policy_engine(policyEngineId=engine)["policyEngineArn"]
    gone = arn.rsplit("/", 1)[0] + "/gone-0123456789"
    for call in [
        lambda: client.list_tags_for_resource(resourceArn=gone),
        lambda: client.tag_resource(resourceArn=gone, tags={"a": "1"}),
        lambda: client.untag_resource(resourceArn=gone, tagKeys=["a"]),
    ]:
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            call()
