"""Signatures: what boto3 and the AWS CLI sign is their owner's, and AWS's words for everything else."""

import datetime
import json
import pathlib
import subprocess
import urllib.error
import urllib.request

import boto3
import botocore
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.exceptions
import pytest
from conftest import ACCOUNT, BINARY, CREDENTIALS, REGION, clean_environment, fresh, make_engine

ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
ROLE = f"arn:aws:sts::{ACCOUNT}:assumed-role/Deployer/ci"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    file = tmp_path_factory.mktemp("keys") / "credentials.json"
    alice = {
        "accessKeyId": CREDENTIALS["aws_access_key_id"],
        "secretAccessKey": CREDENTIALS["aws_secret_access_key"],
        "arn": ALICE,
        "userId": "AIDAALICE",
    }
    role = {"accessKeyId": "ASIAROLE", "secretAccessKey": "rolesecret", "sessionToken": "token+/=", "arn": ROLE}
    file.write_text(json.dumps([alice, role]))
    return file


@pytest.fixture(scope="module")
def guarded(backends, keys):
    return backends("--credentials", str(keys))


def client(backend, key, secret, token=None, service="bedrock-agentcore-control", region=REGION, **config):
    config = botocore.config.Config(retries={"total_max_attempts": 1}, proxies={}, **config)
    return boto3.client(
        service,
        endpoint_url=backend.url,
        region_name=region,
        config=config,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
    )


def refused(call):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call()
    answer = error.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def test_boto3_and_paths_and_queries(guarded):
    alice = guarded.client()
    engine = make_engine(alice, tags={"a": "1", "b c": "2", "d": "3"})
    arn = alice.get_policy_engine(policyEngineId=engine)["policyEngineArn"]
    alice.tag_resource(resourceArn=arn, tags={"key with = and /": "+"})
    alice.untag_resource(resourceArn=arn, tagKeys=["b c", "a"])
    assert alice.list_tags_for_resource(resourceArn=arn)["tags"] == {"d": "3", "key with = and /": "+"}
    make_engine(alice)
    pages = alice.get_paginator("list_policy_engines").paginate(PaginationConfig={"PageSize": 1})
    assert len([page["policyEngines"] for page in pages]) >= 2


def test_the_aws_cli(guarded):
    name = fresh("engine")
    guarded.aws_json("create-policy-engine", "--name", name)
    assert guarded.aws_json("get-caller-identity", service="sts")["Arn"] == ALICE


def test_who_is_calling(guarded):
    identity = guarded.client("sts").get_caller_identity()
    assert (identity["Arn"], identity["Account"], identity["UserId"]) == (ALICE, ACCOUNT, "AIDAALICE")
    role = client(guarded, "ASIAROLE", "rolesecret", "token+/=", service="sts")
    assert role.get_caller_identity()["Arn"] == ROLE


def test_presigned_requests(guarded):
    url = guarded.client("sts").generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert ALICE in answer.read().decode()
    url = guarded.client().generate_presigned_url("list_policy_engines", {"maxResults": 1}, ExpiresIn=60)
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert "policyEngines" in json.load(answer)
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(url.replace("maxResults=1", "maxResults=2"), timeout=10)
    assert error.value.code == 403 and error.value.headers["x-amzn-ErrorType"] == "InvalidSignatureException"


def test_what_is_refused(guarded):
    key, secret = CREDENTIALS["aws_access_key_id"], CREDENTIALS["aws_secret_access_key"]
    mismatch = (
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method. Consult the service documentation for details."
    )
    invalid_token = "The security token included in the request is invalid."
    for made, code, message in [
        (client(guarded, key, "wrong"), "InvalidSignatureException", mismatch),
        (client(guarded, "AKIANOBODY", secret), "UnrecognizedClientException", invalid_token),
        (client(guarded, key, secret, "made-up"), "UnrecognizedClientException", invalid_token),
        (client(guarded, "ASIAROLE", "rolesecret", "other"), "UnrecognizedClientException", invalid_token),
        (client(guarded, "ASIAROLE", "rolesecret"), "UnrecognizedClientException", invalid_token),
        (
            client(guarded, key, secret, region="eu-west-1"),
            "InvalidSignatureException",
            "Credential should be scoped to a valid region, not 'eu-west-1'.",
        ),
        (
            client(guarded, key, secret, signature_version=botocore.UNSIGNED),
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
    ]:
        assert refused(made.list_policy_engines) == (403, code, message)
    for made, code in [
        (client(guarded, key, "wrong", service="sts"), "SignatureDoesNotMatch"),
        (client(guarded, "AKIANOBODY", secret, service="sts"), "InvalidClientTokenId"),
        (client(guarded, key, secret, service="sts", signature_version=botocore.UNSIGNED), "MissingAuthenticationToken"),
    ]:
        assert refused(made.get_caller_identity)[:2] == (403, code)


def test_an_old_signature(guarded, monkeypatch):
    old = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) - datetime.timedelta(minutes=6)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda **_: old)
    status, code, message = refused(guarded.client().list_policy_engines)
    assert (status, code) == (403, "InvalidSignatureException")
    stamp = old.strftime("%Y%m%dT%H%M%SZ")
    assert message.startswith(f"Signature expired: {stamp} is now earlier than ") and message.endswith(" - 5 min.)")


def test_unsigned_requests_by_switch(backends, keys):
    backend = backends("--credentials", str(keys), "--switch", "compat.unsigned-request=access-denied")
    nobody = client(backend, "AKIAEXAMPLE", "x", signature_version=botocore.UNSIGNED)
    assert refused(nobody.list_policy_engines)[:2] == (403, "AccessDeniedException")


def test_without_credentials_everybody_is_the_account(backend):
    for made in (
        client(backend, "AKIANOBODY", "whatever", service="sts"),
        client(backend, "AKIANOBODY", "whatever", service="sts", signature_version=botocore.UNSIGNED),
    ):
        assert made.get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- hidden\n", "no YAML or JSON list"),
        ("- accessKeyId: AKIA1\n  secretAccessKey: hidden\n  arn: nobody\n", "must be an IAM or STS ARN"),
    ],
)
def test_bad_credentials_are_refused_at_the_start_and_not_shown(tmp_path, text, told):
    file = tmp_path / "credentials"
    file.write_text(text)
    arguments = [BINARY, "backend", "--listen", "127.0.0.1:0", "--data-dir", str(tmp_path / "data")]
    arguments += ["--credentials", str(file)]
    done = subprocess.run(arguments, capture_output=True, text=True, env=clean_environment(), timeout=30)
    assert done.returncode == 1 and told in done.stderr and len(done.stderr.splitlines()) == 1
    assert "hidden" not in done.stderr


def test_no_secret_is_in_the_log(backends, keys):
    backend = backends("--credentials", str(keys), "--log-level", "trace")
    client(backend, "ASIAROLE", "rolesecret", "token+/=", service="sts").get_caller_identity()
    text = pathlib.Path(f"{backend.data_dir}.log").read_text()
    assert "answered" in text
    assert "rolesecret" not in text and "token+/=" not in text
