"""boto3's own paginators go through more than one page."""

import pytest

from conftest import make_engine, make_policy

COUNT = 23


@pytest.fixture(scope="module")
def filled(backends):
    """A backend of its own: `COUNT` engines, the first with `COUNT` policies."""
    client = backends().client()
    engines = [make_engine(client) for _ in range(COUNT)]
    policies = [make_policy(client, engines[0]) for _ in range(COUNT)]
    return client, engines, policies


@pytest.mark.parametrize("operation", ["list_policy_engines", "list_policy_engine_summaries"])
@pytest.mark.parametrize(("size", "pages"), [(5, [5, 5, 5, 5, 3]), (23, [23]), (100, [23])])
def test_engines_come_once_each_page_after_page(filled, operation, size, pages):
    client, engines, _ = filled
    seen = list(client.get_paginator(operation).paginate(PaginationConfig={"PageSize": size}))
    assert [len(page["policyEngines"]) for page in seen] == pages
    assert [engine["policyEngineId"] for page in seen for engine in page["policyEngines"]] == engines
    assert all("nextToken" in page for page in seen[:-1])
    assert "nextToken" not in seen[-1]


@pytest.mark.parametrize("operation", ["list_policies", "list_policy_summaries"])
@pytest.mark.parametrize(("size", "pages"), [(10, [10, 10, 3]), (1, [1] * COUNT)])
def test_policies_come_once_each_page_after_page(filled, operation, size, pages):
    client, engines, policies = filled
    paginator = client.get_paginator(operation)
    seen = list(paginator.paginate(policyEngineId=engines[0], PaginationConfig={"PageSize": size}))
    assert [len(page["policies"]) for page in seen] == pages
    assert [policy["policyId"] for page in seen for policy in page["policies"]] == policies


def test_a_page_holds_ten_when_nothing_is_asked_for(filled):
    client, engines, _ = filled
    assert len(client.list_policy_engines()["policyEngines"]) == 10
    assert len(client.list_policies(policyEngineId=engines[0])["policies"]) == 10


def test_an_engine_without_policies_lists_none(filled):
    client, engines, _ = filled
    answer = client.list_policies(policyEngineId=engines[1])
    assert answer["policies"] == []
    assert "nextToken" not in answer


def test_a_token_that_was_never_given_is_refused(filled):
    client, engines, _ = filled
    with pytest.raises(client.exceptions.ValidationException):
        client.list_policy_engines(nextToken="made-up")
    token = client.list_policy_engines(maxResults=5)["nextToken"]
    with pytest.raises(client.exceptions.ValidationException):
        client.list_policies(policyEngineId=engines[0], nextToken=token)
