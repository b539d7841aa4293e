"""The AWS CLI does what boto3 does."""

import json

from conftest import ACCOUNT, PERMIT, fresh


def test_engines_and_policies_live_and_go(backend):
    aws = backend.aws_json
    engine = aws("create-policy-engine", "--name", fresh("engine"), "--tags", "team=a")["policyEngineId"]
    of_engine = ["--policy-engine-id", engine]
    aws("wait", "policy-engine-active", *of_engine)
    assert aws("get-policy-engine", *of_engine)["status"] == "ACTIVE"

    aws("update-policy-engine", *of_engine, "--description", "optionalValue=ours")
    aws("wait", "policy-engine-active", *of_engine)
    assert aws("get-policy-engine", *of_engine)["description"] == "ours"

    definition = json.dumps({"cedar": {"statement": PERMIT}})
    made = aws("create-policy", *of_engine, "--name", fresh("policy"), "--definition", definition)
    of_policy = [*of_engine, "--policy-id", made["policyId"]]
    aws("wait", "policy-active", *of_policy)
    seen = aws("get-policy", *of_policy)
    assert (seen["status"], seen["definition"]) == ("ACTIVE", {"cedar": {"statement": PERMIT}})

    aws("update-policy", *of_policy, "--description", "optionalValue=why", "--enforcement-mode", "LOG_ONLY")
    aws("wait", "policy-active", *of_policy)
    seen = aws("get-policy", *of_policy)
    assert (seen["description"], seen["enforcementMode"]) == ("why", "LOG_ONLY")
    assert [policy["policyId"] for policy in aws("list-policies", *of_engine)["policies"]] == [made["policyId"]]

    arn = seen["policyArn"]
    aws("tag-resource", "--resource-arn", arn, "--tags", "a=1,b=2")
    aws("untag-resource", "--resource-arn", arn, "--tag-keys", "a")
    assert aws("list-tags-for-resource", "--resource-arn", arn)["tags"] == {"b": "2"}

    aws("delete-policy", *of_policy)
    aws("wait", "policy-deleted", *of_policy)
    aws("delete-policy-engine", *of_engine)
    aws("wait", "policy-engine-deleted", *of_engine)
    gone = backend.aws("get-policy-engine", *of_engine)
    assert gone.returncode != 0
    assert "(ResourceNotFoundException)" in gone.stderr


def test_it_goes_through_pages_by_itself(backends):
    backend = backends()
    engines = [backend.client().create_policy_engine(name=fresh("engine"))["policyEngineId"] for _ in range(12)]
    listed = backend.aws_json("list-policy-engines", "--page-size", "5")["policyEngines"]
    assert [engine["policyEngineId"] for engine in listed] == engines


def test_a_refusal_is_told_with_its_class_and_text(backend, engine):
    definition = json.dumps({"cedar": {"statement": "permit(principal, action , resource);"}})
    done = backend.aws("create-policy", "--policy-engine-id", engine, "--name", fresh("policy"), "--definition", definition)
    assert done.returncode != 0
    assert "(ValidationException)" in done.stderr
    assert "a wildcard resource was detected" in done.stderr


def test_it_learns_who_it_is(backend):
    identity = backend.aws_json("get-caller-identity", service="sts")
    assert identity["Account"] == ACCOUNT
    assert set(identity) == {"Account", "Arn", "UserId"}
