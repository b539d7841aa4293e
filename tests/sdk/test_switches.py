"""Switches by file and by flag, as an SDK and a shell see them. Both values of each are tested below the code."""

import json
import subprocess

import botocore.exceptions
import pytest
from conftest import BINARY, clean_environment, fresh, make_engine, make_policy, wait


def program(*arguments):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, env=clean_environment(), timeout=30)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"compat.policy-page-size": 2, "compat.token-mismatch": "conflict"}),
        "# as YAML\ncompat.policy-page-size: 2\ncompat.token-mismatch: conflict\n",
    ],
)
def test_a_file_and_a_flag_that_wins(backends, tmp_path, text):
    file = tmp_path / "switches"
    file.write_text(text)
    client = backends("--switches", str(file), "--switch", "compat.policy-page-size=3").client()
    for _ in range(4):
        token = fresh("t").replace("_", "-") + "x" * 20
        client.create_policy_engine(name=fresh("engine"), clientToken=token)
    assert len(client.list_policy_engines()["policyEngines"]) == 3
    with pytest.raises(client.exceptions.ConflictException):
        client.create_policy_engine(name=fresh("engine"), clientToken=token)


def test_whole_seconds_are_read_by_the_sdk(backends):
    client = backends("--switch", "compat.timestamp-fraction=seconds").client()
    engine = client.create_policy_engine(name=fresh("engine"))
    assert engine["createdAt"].microsecond == 0 and engine["createdAt"].tzinfo


def test_the_status_before_a_change(backends):
    client = backends("--switch", "compat.mutation-response-status=previous").client()
    engine = make_engine(client)
    policy = make_policy(client, engine)
    wait(client, "policy_active", policyEngineId=engine, policyId=policy)
    assert client.delete_policy(policyEngineId=engine, policyId=policy)["status"] == "ACTIVE"
    wait(client, "policy_deleted", policyEngineId=engine, policyId=policy)


def test_a_name_in_another_engine(backends):
    client = backends("--switch", "compat.policy-name-scope=engine").client()
    name = fresh("policy")
    statement = {"cedar": {"statement": "permit(principal, action, resource is AgentCore::Gateway);"}}
    for engine in (make_engine(client), make_engine(client)):
        client.create_policy(policyEngineId=engine, name=name, definition=statement)
    with pytest.raises(botocore.exceptions.ClientError, match="Policy with the same name already exists"):
        client.create_policy(policyEngineId=engine, name=name, definition=statement)


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--switch", "compat.token-mismtach=conflict"], "did you mean `compat.token-mismatch`?"),
        (["--switch", "compat.token-mismatch=409"], "give `validation` or `conflict`"),
        (["--switch", "compat.missing-policy-session=http-200"], "nothing reads it yet"),
        (["--switches", "/nonexistent/file"], "give --switches a file that is there"),
    ],
)
def test_what_cannot_be_set_is_refused_at_the_start(tmp_path, flags, told):
    done = program("backend", "--listen", "127.0.0.1:0", "--data-dir", str(tmp_path), *flags)
    assert done.returncode == 1 and done.stdout == ""
    assert told in done.stderr and len(done.stderr.splitlines()) == 1


def test_the_table_names_every_switch():
    table = program("switches").stdout.splitlines()
    rows = [line.split(" | ") for line in table[2:]]
    assert len(rows) == 54
    assert {row[0].removeprefix("| ") for row in rows} == {str(number) for number in range(1, 53)}
