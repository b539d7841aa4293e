"""The fault script, the journal and the clock, by file and by the admin listener."""

import datetime
import http.client
import json
import socket
import subprocess
import time
import urllib.parse

import botocore.config
import botocore.exceptions
import boto3
import pytest
from conftest import ACCOUNT, BINARY, CREDENTIALS, REGION, clean_environment, fresh, make_engine, make_policy, wait

TOKEN = "0123456789-0123456789-0123456789-0123456789"


@pytest.fixture(scope="module")
def backend(backends):
    return backends("--admin-listen", "127.0.0.1:0")


@pytest.fixture(autouse=True)
def fresh_script(backend):
    yield
    assert backend.admin("DELETE", "/script")[0] == 200
    assert backend.admin("PUT", "/clock", {})[0] == 200


def play(backend, *rules):
    status, answer = backend.admin("PUT", "/script", {"rules": list(rules)})
    assert status == 200 and answer["rules"] == list(rules), answer


def refused(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(**arguments)
    answer = error.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def test_the_nth_call_is_answered_with_an_error(backend):
    client = backend.client()
    answer = {"error": "ThrottlingException", "message": "slow down"}
    engine = make_engine(client)
    play(backend, {"operation": "GetPolicyEngine", "calls": 2, "answer": answer})
    client.get_policy_engine(policyEngineId=engine)
    assert refused(client.get_policy_engine, policyEngineId=engine) == (429, "ThrottlingException", "slow down")
    client.get_policy_engine(policyEngineId=engine)


def test_every_error_of_the_model_is_one_for_the_sdk(backend):
    client = backend.client()
    model = client.meta.service_model.operation_model("CreatePolicy")
    for shape in model.error_shapes:
        play(backend, {"operation": "CreatePolicy", "answer": {"error": shape.name}})
        with pytest.raises(client.exceptions.from_code(shape.name)) as error:
            make_policy(client, "engine-0123456789")
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == shape.metadata["error"]["httpStatusCode"]
    play(backend, {"operation": "CreatePolicy", "answer": {"error": "ServiceUnavailable", "status": 503}})
    assert refused(lambda: make_policy(client, "engine-0123456789"))[:2] == (503, "ServiceUnavailable")


def test_a_create_that_was_committed_and_lost_its_answer_is_repeated_by_its_token(backend):
    play(backend, {"operation": "CreatePolicyEngine", "calls": 1, "drop": True})
    config = botocore.config.Config(retries={"total_max_attempts": 3, "mode": "standard"}, proxies={})
    client = boto3.client(
        "bedrock-agentcore-control", endpoint_url=backend.url, region_name=REGION, config=config, **CREDENTIALS
    )
    name = fresh("engine")
    made = client.create_policy_engine(name=name)
    assert made["ResponseMetadata"]["RetryAttempts"] == 1
    listed = client.get_paginator("list_policy_engines").paginate().search("policyEngines[].name")
    assert list(listed).count(name) == 1
    entries = [e for e in backend.admin("GET", "/journal")[1]["entries"] if e["operation"] == "CreatePolicyEngine"]
    assert [(e["outcome"], e["status"]) for e in entries[-2:]] == [("dropped", None), ("done", 202)]


def test_a_dropped_connection_has_no_byte_of_an_answer(backend):
    play(backend, {"operation": "ListPolicyEngines", "drop": True})
    url = urllib.parse.urlsplit(backend.url)
    with socket.create_connection((url.hostname, url.port), timeout=10) as connection:
        connection.sendall(b"GET /policy-engines HTTP/1.1\r\nhost: x\r\n\r\n")
        assert connection.recv(1) == b""


def test_a_change_stays_in_its_transition(backend):
    client = backend.client()
    play(backend, {"operation": "CreatePolicyEngine", "stay": "700ms"})
    begin = time.monotonic()
    make_engine(client)
    assert time.monotonic() - begin >= 0.7


def test_changes_fail_with_the_reason_of_the_script(backend):
    client = backend.client()
    engine = make_engine(client)
    play(
        backend,
        {"operation": "CreatePolicy", "calls": 1, "fail": "no rule"},
        {"operation": "UpdatePolicy", "fail": "no change"},
        {"operation": "DeletePolicy", "calls": 1, "fail": "no end"},
    )
    policy = make_policy(client, engine)
    for change, status, reason in [
        (None, "CREATE_FAILED", "no rule"),
        (client.update_policy, "UPDATE_FAILED", "no change"),
        (client.delete_policy, "DELETE_FAILED", "no end"),
    ]:
        if change:
            change(policyEngineId=engine, policyId=policy)
        with pytest.raises(botocore.exceptions.WaiterError):
            wait(client, "policy_active", policyEngineId=engine, policyId=policy)
        seen = client.get_policy(policyEngineId=engine, policyId=policy)
        assert (seen["status"], seen["statusReasons"]) == (status, [reason])
    client.delete_policy(policyEngineId=engine, policyId=policy)
    wait(client, "policy_deleted", policyEngineId=engine, policyId=policy)


def test_lists_lag_and_reads_do_not(backend):
    client = backend.client()
    engine = make_engine(client)
    play(backend, {"operation": "ListPolicies", "lag": "1s"})
    begin = time.monotonic()
    policy = make_policy(client, engine)
    wait(client, "policy_active", policyEngineId=engine, policyId=policy)
    while not (seen := client.list_policies(policyEngineId=engine)["policies"]):
        assert time.monotonic() - begin < 10
    assert time.monotonic() - begin >= 1
    assert [p["policyId"] for p in seen] == [policy]


def test_the_clock_of_the_service(backend):
    client = backend.client()
    status, shown = backend.admin("PUT", "/clock", {"now": "2030-01-01T00:00:00Z"})
    assert status == 200 and shown["set"] and shown["now"].startswith("2030-01-01T00:00:0")
    name = fresh("engine")
    made = client.create_policy_engine(name=name, clientToken=TOKEN)
    assert made["createdAt"].replace(microsecond=0).isoformat().startswith("2030-01-01T00:00")
    again = client.create_policy_engine(name=name, clientToken=TOKEN)
    assert again["policyEngineId"] == made["policyEngineId"]
    backend.admin("PUT", "/clock", {"now": "2030-01-02T00:01:00Z"})
    assert refused(client.create_policy_engine, name=name, clientToken=TOKEN)[1] == "ConflictException"
    wait(client, "policy_engine_active", policyEngineId=made["policyEngineId"])
    status, shown = backend.admin("PUT", "/clock", {})
    now = datetime.datetime.now(datetime.timezone.utc)
    assert not shown["set"] and abs(datetime.datetime.fromisoformat(shown["now"]) - now).total_seconds() < 10
    assert backend.admin("GET", "/clock")[1]["set"] is False


def test_the_journal(backend):
    client = backend.client()
    last = backend.admin("GET", "/journal")[1]["last"]
    client.list_policy_engines(maxResults=1)
    refused(client.get_policy_engine, policyEngineId="engine-0123456789")
    backend.client("sts").get_caller_identity()
    status, page = backend.admin("GET", f"/journal?after={last}")
    root = f"arn:aws:iam::{ACCOUNT}:root"
    seen = [
        (e["number"] - last, e["operation"], e["method"], e["path"], e["principal"], e["outcome"], e["error"], e["status"])
        for e in page["entries"]
    ]
    missing = "ResourceNotFoundException"
    assert seen == [
        (1, "ListPolicyEngines", "GET", "/policy-engines", root, "done", None, 200),
        (2, "GetPolicyEngine", "GET", "/policy-engines/engine-0123456789", root, "error", missing, 404),
        (3, None, "POST", "/", root, "done", None, 200),
    ]
    assert all(e["requestId"] and e["time"].endswith("Z") for e in page["entries"])
    assert page["last"] == last + 3
    assert backend.admin("DELETE", "/journal") == (200, {})
    assert backend.admin("GET", "/journal") == (200, {"entries": [], "last": last + 3})


@pytest.mark.parametrize(
    ("method", "path", "body", "at", "told"),
    [
        ("PUT", "/script", "rules: [{operation: CreatePolice, drop: true}]", "/rules/0/operation", "did you mean `CreatePolicy`"),
        ("PUT", "/script", "{", "", "no YAML or JSON map"),
        ("PUT", "/script", {"rules": [{"operation": "GetPolicy", "fail": "x"}]}, "/rules/0/fail", "begins no change"),
        ("PUT", "/clock", {"now": "tomorrow"}, "/now", "`tomorrow` is no time"),
        ("PUT", "/clock", {"then": 1}, "", "unknown field"),
        ("GET", "/journal?after=x", None, "after", "give the number"),
    ],
)
def test_bad_input_is_told_with_its_place(backend, method, path, body, at, told):
    status, answer = backend.admin(method, path, body)
    assert status == 400 and answer["at"] == at and told in answer["message"], answer


def test_the_endpoints_are_listed_and_others_are_none(backend):
    status, answer = backend.admin("GET", "/")
    assert status == 200
    for endpoint in ("PUT /script", "GET /journal", "PUT /clock"):
        assert endpoint in answer["endpoints"]
    for method, path in [("GET", "/nothing"), ("POST", "/script")]:
        status, answer = backend.admin(method, path)
        assert status == 404 and answer["endpoints"]


def test_the_public_listener_and_other_hosts_do_not_reach_it(backend):
    url = urllib.parse.urlsplit(backend.url)
    for path in ("/script", "/journal", "/clock"):
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
        connection.request("GET", path)
        assert connection.getresponse().getheader("x-amzn-ErrorType") == "UnknownOperationException"
    admin = urllib.parse.urlsplit(backend.admin_url)
    connection = http.client.HTTPConnection(admin.hostname, admin.port, timeout=10)
    connection.request("GET", "/journal", headers={"Host": "evil.example"})
    assert connection.getresponse().status == 403


def test_a_file_has_the_first_rules(backends, tmp_path):
    file = tmp_path / "script.yaml"
    file.write_text("rules:\n- {operation: ListPolicyEngines, calls: 1, answer: {error: InternalServerException}}\n")
    client = backends("--fault-script", str(file)).client()
    assert refused(client.list_policy_engines)[:2] == (500, "InternalServerException")
    client.list_policy_engines()


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--admin-listen", "0.0.0.0:0"], "give a loopback address"),
        (["--fault-script", "/nonexistent"], "cannot read /nonexistent"),
        (["--fault-script", "bad"], "/rules/0: the rule says nothing"),
    ],
)
def test_what_cannot_start(tmp_path, flags, told):
    (tmp_path / "bad").write_text(json.dumps({"rules": [{"operation": "GetPolicy"}]}))
    flags = [str(tmp_path / "bad") if flag == "bad" else flag for flag in flags]
    arguments = [BINARY, "backend", "--listen", "127.0.0.1:0", "--data-dir", str(tmp_path / "data"), *flags]
    done = subprocess.run(arguments, capture_output=True, text=True, env=clean_environment(), timeout=30)
    # What is not of the log, which may have said before how findings are judged.
    [said] = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert done.returncode == 1 and told in said, done.stderr
