"""Calls of a gateway that are signed as AWS's SDKs sign: whoever signs is who calls."""

import json

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from calling import TOOL, Refunds, decisions
from conftest import ACCOUNT, REGION

SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/Clerk/monday"
ROLE = f"arn:aws:sts::{ACCOUNT}:assumed-role/Clerk"
CLERK = botocore.credentials.Credentials("ASIACLERK", "clerksecret", "token+/=")
THIEF = botocore.credentials.Credentials("ASIACLERK", "guessed", "token+/=")


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("log") / "decisions.jsonl"


@pytest.fixture(scope="module")
def signed(backends, function, tmp_path_factory, log):
    """A backend that knows who the clerk is."""
    file = tmp_path_factory.mktemp("identities") / "identities.json"
    known = {
        "accessKeyId": CLERK.access_key, "secretAccessKey": CLERK.secret_key, "sessionToken": CLERK.token, "arn": SESSION,
    }  # fmt: skip
    file.write_text(json.dumps([known]))
    return backends(*function.flags, "--iam-identities", str(file), "--decision-log", str(log))


def call(amount):
    params = {"name": TOOL, "arguments": {"amount": amount}}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()


def refund(refunds, amount, by, sent=None, service="bedrock-agentcore"):
    """A call that is signed by these credentials; `sent` is the amount that is sent in place of what was signed."""
    request = botocore.awsrequest.AWSRequest("POST", refunds.url, {"content-type": "application/json"}, call(amount))
    botocore.auth.SigV4Auth(by, service, REGION).add_auth(request)
    headers = {name.lower().replace("-", "_"): value for name, value in request.headers.items()}
    return refunds.send(call(sent or amount), **headers)


@pytest.mark.parametrize("authorizer", ["AWS_IAM", "AUTHENTICATE_ONLY"])
def test_who_signs_is_who_calls_without_its_session(signed, function, log, authorizer):
    refunds = Refunds(signed, authorizerType=authorizer)
    refunds.policy(
        refunds.attach(), "context.input.amount < 1000", principal=f'principal == AgentCore::IamEntity::"{ROLE}"'
    )
    paid = refund(refunds, 500, CLERK)
    assert (paid.status, paid.result["isError"]) == (200, False), paid.body
    assert function.calls()[-1] == {"amount": 500}
    assert "denied by default" in refund(refunds, 2000, CLERK).text
    who = {"entityType": "AgentCore::IamEntity", "entityId": ROLE, "signer": SESSION}
    assert [decision["policy"]["principal"] for decision in decisions(log)[-2:]] == [who, who]


@pytest.mark.parametrize("authorizer", ["AWS_IAM", "AUTHENTICATE_ONLY"])
def test_who_does_not_sign_or_wrongly_or_something_else_calls_nothing(signed, function, authorizer):
    refunds = Refunds(signed, authorizerType=authorizer)
    before = function.calls()
    for answer in [
        refunds.refund(1),
        refund(refunds, 1, THIEF),
        refund(refunds, 1, CLERK, service="execute-api"),
        refund(refunds, 1, CLERK, sent=5_000_000),
    ]:
        assert answer.status == 403, answer.body
    assert function.calls() == before


def test_who_is_known_to_nobody_is_told_how_to_make_callers_known(calling, function):
    refunds = Refunds(calling, authorizerType="AWS_IAM")
    answer = refund(refunds, 1, CLERK)
    assert answer.status == 403 and b"--iam-identities" in answer.body, answer.body
