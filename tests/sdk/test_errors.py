"""Every error in scope reaches boto3 as the exception of its model, with AWS's text where one is on record."""

import urllib.error
import urllib.request

import pytest

from conftest import PERMIT, fresh, make_engine, make_policy, wait

FIRST_LINE = "When parsing the policy statement, the following errors occurred:"


def refused(exception, call, **request):
    """The parsed answer of a call that this exception refuses."""
    with pytest.raises(exception) as caught:
        call(**request)
    answer = caught.value.response
    assert answer["Error"]["Code"] == exception.__name__
    assert answer["ResponseMetadata"]["RequestId"]
    return answer


def create(client, engine, statement, member="cedar"):
    return refused(
        client.exceptions.ValidationException,
        client.create_policy,
        policyEngineId=engine,
        name=fresh("policy"),
        definition={member: {"statement": statement}},
    )


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        pytest.param(
            "permit(principal, action, resource is AgentCore::Gateway) when guardrails { x };",
            f"{FIRST_LINE}\n* unexpected token `guardrails`",
            id="E3-syntax",
            marks=pytest.mark.text("E3"),
        ),
        pytest.param(
            f"{PERMIT}\nforbid(principal, action, resource is AgentCore::Gateway);",
            f"{FIRST_LINE}\n* unexpected token `forbid`",
            id="E5-two-statements",
            # A report prints the same with single quotes and without the first line.
            marks=pytest.mark.text("E5"),
        ),
        pytest.param(
            "permit(principal == ?principal, action, resource is AgentCore::Gateway);",
            f"{FIRST_LINE}\n* expected a static policy, got a template containing the slot ?principal",
            id="template",
        ),
    ],
)
def test_a_statement_that_does_not_parse(client, engine, statement, message):
    answer = create(client, engine, statement)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert answer["message"] == message
    assert answer["reason"] == "CannotParse"


@pytest.mark.parametrize("member", ["cedar", "policy"])
@pytest.mark.parametrize(
    ("statement", "message"),
    [
        pytest.param(
            "permit(principal, action , resource);",
            "When parsing the policy statement, a wildcard resource was detected. To avoid unexpected behavior changes, "
            "please constrain the resource either to a specific `AgentCore::Gateway` resource or to the "
            "`AgentCore::Gateway` resource type.",
            id="E1-wildcard-resource",
            marks=pytest.mark.text("E1"),
        ),
        pytest.param(
            'permit(principal, action == AgentCore::Action::"T___x", resource is AgentCore::Gateway);',
            "When parsing the policy statement, a constrained action scope was encountered, please constrain the resource "
            "to a specific AgentCore::Gateway resource when creating tool-specific policies.",
            id="E2-constrained-action",
            marks=pytest.mark.text("E2"),
        ),
    ],
)
def test_a_scope_that_is_refused(client, engine, member, statement, message):
    assert create(client, engine, statement, member)["message"] == message


def test_an_update_is_refused_for_the_same_reasons_and_changes_nothing(client, engine):
    policy = make_policy(client, engine)
    wait(client, "policy_active", policyEngineId=engine, policyId=policy)
    before = client.get_policy(policyEngineId=engine, policyId=policy)
    for statement in ["permit(principal, action , resource);", "permit(principal, action, resource is A) when { ( };"]:
        refused(
            client.exceptions.ValidationException,
            client.update_policy,
            policyEngineId=engine,
            policyId=policy,
            definition={"cedar": {"statement": statement}},
        )
    after = client.get_policy(policyEngineId=engine, policyId=policy)
    assert {**before, "ResponseMetadata": None} == {**after, "ResponseMetadata": None}


@pytest.mark.text("E10")
def test_e10_a_name_that_is_too_long(client):
    answer = refused(client.exceptions.ValidationException, client.create_policy_engine, name="n" * 52)
    assert answer["message"] == (
        "1 validation error detected. Value with length 52 at '/name' failed to satisfy constraint: "
        "Member must have length between 1 and 48, inclusive"
    )
    assert answer["reason"] == "FieldValidationFailed"
    assert [field["name"] for field in answer["fieldList"]] == ["/name"]


def test_several_broken_constraints_are_counted(client):
    answer = refused(
        client.exceptions.ValidationException, client.create_policy_engine, name="n" * 49, description="d" * 4097
    )
    assert answer["message"].startswith("2 validation errors detected. Value ")
    assert sorted(field["name"] for field in answer["fieldList"]) == ["/description", "/name"]


def test_constraints_that_the_client_does_not_check_are_checked(backend, client, engine):
    unchecked = backend.client(parameter_validation=False)
    policy = {"policyEngineId": engine, "name": fresh("policy"), "definition": {"cedar": {"statement": PERMIT}}}
    for call, request in [
        (client.create_policy_engine, {"name": "with-hyphen"}),
        (client.create_policy_engine, {"name": fresh(), "clientToken": "t" * 257}),
        (client.create_policy_engine, {"name": fresh(), "encryptionKeyArn": "arn:aws:kms:us-east-1:1:key/x"}),
        (client.create_policy_engine, {"name": fresh(), "tags": {f"k{n}": "" for n in range(51)}}),
        (client.create_policy_engine, {"name": fresh(), "tags": {"k": "v" * 257}}),
        (client.create_policy, policy | {"enforcementMode": "SOMETIMES"}),
        (client.create_policy, policy | {"validationMode": "NEVER"}),
        (client.create_policy, policy | {"definition": {"cedar": {"statement": PERMIT + " " * 10_000}}}),
        (client.create_policy, policy | {"policyEngineId": "noid" + "x" * 20}),
        (client.list_policy_engines, {"maxResults": 101}),
        (unchecked.create_policy, policy | {"definition": {"cedar": {"statement": "too short"}}}),
        (unchecked.create_policy, policy | {"definition": {}}),
        (unchecked.create_policy, {"policyEngineId": engine, "name": fresh("policy")}),
        (unchecked.create_policy, policy | {"name": 7}),
    ]:
        answer = refused(client.exceptions.ValidationException, call, **request)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400, request
        assert answer["message"] and answer["reason"], request


def test_an_arn_is_no_id(client, engine):
    arn = client.get_policy_engine(policyEngineId=engine)["policyEngineArn"]
    refused(client.exceptions.ValidationException, client.get_policy_engine, policyEngineId=arn)


def test_what_does_not_exist_is_not_found(client, engine):
    gone = "gone-0123456789"
    missing = client.exceptions.ResourceNotFoundException
    definition = {"cedar": {"statement": PERMIT}}
    for call, request in [
        (client.get_policy_engine, {"policyEngineId": gone}),
        (client.get_policy_engine_summary, {"policyEngineId": gone}),
        (client.update_policy_engine, {"policyEngineId": gone}),
        (client.delete_policy_engine, {"policyEngineId": gone}),
        (client.list_policies, {"policyEngineId": gone}),
        (client.list_policy_summaries, {"policyEngineId": gone}),
        (client.create_policy, {"policyEngineId": gone, "name": fresh("policy"), "definition": definition}),
        (client.get_policy, {"policyEngineId": gone, "policyId": gone}),
        (client.get_policy, {"policyEngineId": engine, "policyId": gone}),
        (client.get_policy_summary, {"policyEngineId": engine, "policyId": gone}),
        (client.update_policy, {"policyEngineId": engine, "policyId": gone}),
        (client.delete_policy, {"policyEngineId": engine, "policyId": gone}),
    ]:
        answer = refused(missing, call, **request)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 404
        assert answer["message"]


def test_a_policy_is_found_in_its_own_engine_alone(client, engine):
    policy = make_policy(client, engine)
    other = make_engine(client)
    refused(client.exceptions.ResourceNotFoundException, client.get_policy, policyEngineId=other, policyId=policy)


@pytest.mark.text("E12")
def test_e12_a_gateway_that_does_not_exist(client, engine):
    answer = refused(
        client.exceptions.AccessDeniedException,
        client.create_policy,
        policyEngineId=engine,
        name=fresh("policy"),
        definition={
            "cedar": {
                "statement": "permit(principal, action, resource == AgentCore::Gateway::"
                '"arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/none-0123456789");'
            }
        },
    )
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert answer["message"].startswith("Failed to confirm existence on AgentCore Gateway")
    assert answer["message"].endswith("make sure you have GetGateway permissions")


@pytest.mark.text("E16")
def test_e16_an_engine_with_policies_is_not_deleted(client):
    engine = make_engine(client)
    for count, policies in [(1, "1 policy"), (2, "2 policies"), (3, "3 policies")]:
        make_policy(client, engine)
        answer = refused(client.exceptions.ConflictException, client.delete_policy_engine, policyEngineId=engine)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 409
        assert answer["message"] == f"Policy engine still contains {policies} and cannot be deleted", count


@pytest.mark.text("E15")
def test_e15_what_is_busy_is_left_alone(backends):
    """With a pause between a request and its result that a test can look into."""
    client = backends("--transition-delay", "2s").client()
    conflict = client.exceptions.ConflictException
    engine = client.create_policy_engine(name=fresh("engine"))["policyEngineId"]
    policy = {"policyEngineId": engine, "name": fresh("policy"), "definition": {"cedar": {"statement": PERMIT}}}
    refused(conflict, client.create_policy, **policy)
    refused(conflict, client.delete_policy_engine, policyEngineId=engine)
    wait(client, "policy_engine_active", policyEngineId=engine)
    made = client.create_policy(**policy)["policyId"]
    answer = refused(conflict, client.delete_policy, policyEngineId=engine, policyId=made)
    assert answer["message"] == "Policy cannot be deleted while its status is CREATING"
    answer = refused(conflict, client.update_policy, policyEngineId=engine, policyId=made, enforcementMode="LOG_ONLY")
    assert answer["message"] == "Policy cannot be updated while its status is CREATING"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/policy-engines", b"{", 400, None),
        ("POST", "/policy-engines", b"[]", 400, "ValidationException"),
        ("POST", "/policy-engines", b"\xff", 400, None),
        ("POST", "/policy-engines", b'{"name": null}', 400, "ValidationException"),
        ("POST", "/policy-engines", b'{"name": {"a": [1]}}', 400, None),
        ("POST", "/policy-engines", b"[" * 100_000, 400, None),
        ("GET", "/policy-engines?maxResults=many", None, 400, None),
        ("GET", "/nowhere", None, 404, "UnknownOperationException"),
        ("PATCH", "/policy-engines", b"{}", 404, "UnknownOperationException"),
    ],
)
def test_what_no_client_would_send_gets_an_error_of_the_same_shape(backend, method, path, body, status, code):
    request = urllib.request.Request(backend.url + path, method=method, data=body)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=30)
    with caught.value as answer:
        assert answer.status == status
        assert answer.headers["x-amzn-RequestId"]
        kind = answer.headers["x-amzn-ErrorType"]
        assert kind and (code is None or kind == code)
        assert b'"message"' in answer.read()
