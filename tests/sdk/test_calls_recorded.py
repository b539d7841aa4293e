"""The decision log: written before a tool is called or nothing is called, and each line follows the one before it."""

import contextlib
import hashlib
import json
import os
import subprocess

import pytest

from calling import TOOL, Refunds, decisions, free_address, metrics
from conftest import BINARY

UNRECORDED = "InternalServerException - The decision could not be recorded, so nothing was done"


def governed(backend, **attachment):
    refunds = Refunds(backend)
    refunds.engine = refunds.attach(**attachment)
    refunds.policy(refunds.engine, "context.input.amount < 1000")
    return refunds


@pytest.mark.parametrize("mode", ["ENFORCE", "LOG_ONLY"])
def test_what_a_full_disk_does_not_record_is_not_done(backends, function, mode):
    address = free_address()
    flags = (*function.flags, "--decision-log", "/dev/full", "--gateway-metrics-listen", address)
    refunds = governed(backends(*flags), mode=mode)
    before = function.calls()
    for amount in (1, 2000):
        answer = refunds.refund(amount)
        assert (answer.status, answer.error) == (200, {"code": -32603, "message": UNRECORDED})
    assert refunds.rpc("tools/list").error == {"code": -32603, "message": UNRECORDED}
    assert function.calls() == before
    assert refunds.rpc("ping").result == {}
    # Neither let through nor denied.
    counted = refunds.counted(refunds.engine, metrics(address), mode=mode)
    assert {name: counted.get(name, 0) for name in ("invocations", "system_errors", "allow_decisions", "deny_decisions")} == {
        "invocations": 2, "system_errors": 2, "allow_decisions": 0, "deny_decisions": 0,
    }
    # Where no policy is asked there is nothing to record.
    open_to_all = Refunds(refunds.backend)
    assert open_to_all.refund(7).result["isError"] is False


def test_it_is_done_all_the_same_when_that_is_wanted(backends, function):
    flags = ("--decision-log", "/dev/full", "--decision-log-failure", "allow")
    refunds = governed(backends(*function.flags, *flags))
    assert refunds.tools() == [TOOL]
    assert refunds.refund(11).result["isError"] is False
    assert refunds.refund(2000).result["isError"] is True
    assert function.calls()[-1] == {"amount": 11}


def test_a_log_that_hangs_is_one_that_cannot_be_written(backends, function, tmp_path):
    # A pipe that is full, and that nobody reads.
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    filling = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    filled = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            filled += os.write(filling, b"\n" * 4096)
    backend = backends(*function.flags, "--decision-log", str(pipe))
    refunds = governed(backend)
    before = function.calls()
    for amount in (1, 2000):
        assert refunds.refund(amount).error == {"code": -32603, "message": UNRECORDED}
    assert refunds.rpc("tools/list").error == {"code": -32603, "message": UNRECORDED}
    assert function.calls() == before
    # It goes on when somebody reads, with the lines of what was not done.
    lines = b""
    while lines.count(b"\n") < filled + 3:
        with contextlib.suppress(BlockingIOError):
            lines += os.read(reader, 65536)
    while (answer := refunds.refund(3).json()).get("error") == {"code": -32603, "message": UNRECORDED}:
        pass
    assert answer["result"]["isError"] is False
    assert function.calls() == [*before, {"amount": 3}]
    # And it keeps no process from ending.
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(filling, b"\n" * 4096)
    assert "error" in refunds.refund(4).json()
    assert backend.stop() == 0
    os.close(filling)
    os.close(reader)


def verify(log):
    return subprocess.run(
        [BINARY, "decisions", "--verify", "--decision-log", log], capture_output=True, text=True, timeout=30
    )


def test_each_line_follows_the_one_before_it_also_after_a_restart_and_in_another_file(backends, function, tmp_path):
    log, moved = tmp_path / "decisions.jsonl", tmp_path / "decisions.jsonl.1"
    backend = backends(*function.flags, "--decision-log", str(log))
    refunds = governed(backend)
    generations = []
    for amount in (1, 2, 2000):
        refunds.refund(amount)
        # It is there as soon as the call is answered.
        generations.append(decisions(log)[-1]["policyGeneration"])
    assert generations[0] == generations[1] == generations[2] > 0
    refunds.policy(refunds.engine, "context.input.amount < 3000")
    refunds.refund(1999)
    assert decisions(log)[-1]["policyGeneration"] > generations[0]
    backend.kill()
    backend.start()
    shown = backend.client().get_gateway(gatewayIdentifier=refunds.gateway)
    refunds.url = shown["gatewayUrl"]
    refunds.refund(3)
    lines = log.read_bytes().splitlines()
    assert len(lines) == 5
    assert json.loads(lines[0])["previousSha256"] is None
    for before, line in zip(lines, lines[1:]):
        assert json.loads(line)["previousSha256"] == hashlib.sha256(before).hexdigest()
    done = verify(log)
    last = hashlib.sha256(lines[-1]).hexdigest()
    assert (done.returncode, done.stdout) == (0, f"5 lines, unbroken, ends with {last}\n"), done
    # A file that is moved away, as logs are rotated, is followed by another one.
    log.rename(moved)
    refunds.refund(4)
    (line,) = log.read_bytes().splitlines()
    assert verify(log).stdout == f"1 line, unbroken, follows {last}, ends with {hashlib.sha256(line).hexdigest()}\n"


def test_who_follows_a_log_sees_each_line_once_also_when_it_is_moved_away(tmp_path):
    log, moved = tmp_path / "decisions.jsonl", tmp_path / "decisions.jsonl.1"
    log.write_text("1\n2\n3\n")
    follower = subprocess.Popen(
        [BINARY, "decisions", "--follow", "--decision-log", log], stdout=subprocess.PIPE, text=True
    )
    try:
        assert follower.stdout.readline().startswith("TIME")
        assert [follower.stdout.readline() for _ in range(3)] == ["1\n", "2\n", "3\n"]
        log.rename(moved)
        with moved.open("a") as late:
            late.write("4\n")
        # It is seen while there is no log.
        assert follower.stdout.readline() == "4\n"
        log.write_text("5\n")
        assert follower.stdout.readline() == "5\n"
        with log.open("a") as more:
            more.write("6\n")
        assert follower.stdout.readline() == "6\n"
    finally:
        follower.kill()
        follower.wait()
        follower.stdout.close()


def test_a_second_backend_does_not_write_to_the_same_log(backends, tmp_path):
    log = tmp_path / "decisions.jsonl"
    backends("--decision-log", str(log))
    second = subprocess.run(
        [BINARY, "backend", "--listen", "127.0.0.1:0", "--data-dir", tmp_path / "data", "--decision-log", log],
        capture_output=True, text=True, timeout=30,
    )
    told = f"another process writes to the decision log {log}: give each backend its own --decision-log"
    assert (second.returncode, told in second.stderr) == (1, True), second


def test_where_it_is_broken_is_told(backends, function, tmp_path):
    log = tmp_path / "decisions.jsonl"
    refunds = governed(backends(*function.flags, "--decision-log", str(log)))
    for amount in (1, 2, 3, 2000):
        refunds.refund(amount)
    whole = log.read_text().splitlines(keepends=True)
    assert verify(log).returncode == 0
    for lines, told in [
        (whole[:1] + whole[2:], "line 2 follows "),
        (whole[1:], None),
        ([whole[0], whole[1].replace("ALLOW", "DENY", 1), *whole[2:]], "line 3 follows "),
        ([*whole[:2], "{}\n", *whole[2:]], "line 3 does not say what was before it"),
        ([*whole[:3], whole[3][:40]], "line 4 is no record"),
    ]:
        log.write_text("".join(lines))
        done = verify(log)
        if told is None:
            # What was before the first line is in another file, for all that is known here.
            assert (done.returncode, ", follows " in done.stdout) == (0, True), done
            continue
        assert done.returncode == 1, done
        assert done.stdout.startswith(told), done
        assert ", broken, " in done.stdout and done.stderr.count("\n") == 1, done
