"""What semantic analysis finds (service.md 6.5 and 6.6), against the whole engine as it would be."""

import pytest

from conftest import make_engine, make_policy, wait
from test_texts import failed


@pytest.mark.text("S3")
def test_a_permit_for_everything_is_overly_permissive_for_both_kinds_of_principal(client):
    """On an engine with nothing in it (service.md 6.5, measured)."""
    engine = make_engine(client)
    _, reasons = failed(client, engine, "permit(principal, action, resource is AgentCore::Gateway);")
    assert sorted(reasons) == [finding("Permissive", "allow", kind) for kind in ("IamEntity", "OAuthUser")]


@pytest.mark.text("S4")
def test_a_forbid_where_nothing_is_permitted_is_overly_restrictive(client):
    engine = make_engine(client)
    _, reasons = failed(client, engine, "forbid(principal, action, resource is AgentCore::Gateway);")
    assert sorted(reasons) == [finding("Restrictive", "deny", kind) for kind in ("IamEntity", "OAuthUser")]


def test_findings_do_not_count_when_they_are_to_be_ignored(client):
    engine = make_engine(client)
    for statement in (
        "permit(principal, action, resource is AgentCore::Gateway);",
        "forbid(principal, action, resource is AgentCore::Gateway);",
    ):
        policy = make_policy(client, engine, statement, validationMode="IGNORE_ALL_FINDINGS")
        wait(client, "policy_active", policyEngineId=engine, policyId=policy)
        assert client.get_policy(policyEngineId=engine, policyId=policy)["statusReasons"] == []


def finding(adverb, verb, kind, action="Any Future Tools", resource="gateway/*"):
    return (
        f"Overly {adverb}: Policy Engine will {verb} every request for the specified principal (AgentCore::{kind}), "
        f"action ({action}) and resource ({resource}) combination if the policy is added or updated"
    )
