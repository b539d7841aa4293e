"""Calls of tools at a gateway: what policies let through, what they deny and in which words, and what is recorded."""

import hashlib
import json
import struct
import subprocess

import pytest

from calling import TOOL, Function, Refunds, decisions, free_address, metrics
from conftest import BINARY, make_engine, until, wait

DENIED = "AuthorizeActionException - Tool Execution Denied: Tool call not allowed due to policy enforcement"
BY_DEFAULT = f"{DENIED} [No policy applies to the request (denied by default).]"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("calls")


@pytest.fixture(scope="module")
def function(folder):
    return Function(folder)


@pytest.fixture(scope="module")
def log(folder):
    return folder / "decisions.jsonl"


@pytest.fixture(scope="module")
def calling(backends, function, log):
    return backends(*function.flags, "--decision-log", str(log))


@pytest.fixture
def refunds(calling):
    return Refunds(calling)


def test_a_gateway_without_an_engine_lets_every_call_through(refunds, function):
    assert refunds.url.startswith(refunds.backend.gateways)
    assert refunds.tools() == [TOOL]
    answer = refunds.refund(2000)
    assert (answer.status, answer.result["isError"]) == (200, False)
    assert json.loads(answer.text) == {"refunded": 2000}
    assert function.calls()[-1] == {"amount": 2000}


@pytest.mark.text("G1")
def test_an_engine_without_policies_denies_everything(refunds, function):
    refunds.attach()
    before = len(function.calls())
    assert refunds.tools() == []
    answer = refunds.refund(500)
    assert (answer.status, answer.result["isError"], answer.text) == (200, True, BY_DEFAULT)
    assert len(function.calls()) == before, "the tool was not called"


def test_a_refund_of_500_is_paid_and_one_of_2000_is_not(refunds, function):
    engine = refunds.attach()
    refunds.policy(engine, "context.input.amount < 1000")
    assert refunds.tools() == [TOOL]
    assert json.loads(refunds.refund(500).text) == {"refunded": 500}
    assert refunds.refund(2000).text == BY_DEFAULT
    assert refunds.refund(1000).text == BY_DEFAULT
    assert json.loads(refunds.refund(999).text) == {"refunded": 999}
    assert function.calls()[-2:] == [{"amount": 500}, {"amount": 999}]


@pytest.mark.text("G4")
def test_a_forbid_wins_and_its_id_is_told(refunds):
    engine = refunds.attach()
    refunds.policy(engine)
    forbids = [refunds.policy(engine, f"context.input.amount > {above}", effect="forbid") for above in (100, 200)]
    ids = sorted(forbid["policyId"] for forbid in forbids)
    assert refunds.refund(300).text == f"{DENIED} [Policy evaluation denied due to {', '.join(ids)}]"
    assert refunds.refund(50).result["isError"] is False
    # It may still be called with some arguments, so it is shown.
    assert refunds.tools() == [TOOL]
    refunds.policy(engine, effect="forbid")
    assert refunds.tools() == []


def test_a_policy_is_in_force_when_it_says_so_and_not_any_more_when_it_is_gone(refunds):
    engine = refunds.attach()
    ids = refunds.policy(engine, "context.input.amount < 1000")
    for below in (5000, 1000, 5000):
        definition = {"cedar": {"statement": refunds.statement(f"context.input.amount < {below}")}}
        refunds.client.update_policy(definition=definition, validationMode="IGNORE_ALL_FINDINGS", **ids)
        wait(refunds.client, "policy_active", **ids)
        assert refunds.refund(2000).result["isError"] is (below == 1000)
    refunds.client.delete_policy(**ids)
    wait(refunds.client, "policy_deleted", **ids)
    assert refunds.refund(1).text == BY_DEFAULT


def test_log_only_stops_nothing_and_records_what_it_would_have(refunds, log):
    engine = refunds.attach(mode="LOG_ONLY")
    refunds.policy(engine, "context.input.amount < 1000")
    assert refunds.tools() == [TOOL]
    assert json.loads(refunds.refund(2000).text) == {"refunded": 2000}
    recorded = until(lambda: [line for line in decisions(log) if line["gatewayId"] == refunds.gateway])[-1]
    assert recorded["policy"]["decision"] == "DENY"
    assert recorded["attributes"]["aws.agentcore.gateway.policy.mode"] == "LOG_ONLY"
    refunds.attach(mode="ENFORCE", engine=engine)
    assert refunds.refund(2000).text == BY_DEFAULT
    refunds.change(policyEngineConfiguration=None)
    assert refunds.refund(2000).result["isError"] is False


def test_a_policy_that_only_logs_decides_nothing(refunds, log):
    engine = refunds.attach()
    permit = refunds.policy(engine, "context.input.amount < 1000")
    forbid = refunds.policy(engine, "context.input.amount > 100", effect="forbid", enforcementMode="LOG_ONLY")
    assert refunds.refund(500).result["isError"] is False
    recorded = until(lambda: [line for line in decisions(log) if line["gatewayId"] == refunds.gateway])[-1]
    assert recorded["policy"]["determiningPolicies"] == [permit["policyId"]]
    attributes = recorded["attributes"]
    assert attributes["aws.agentcore.policy.log_only_matched_policies"] == [forbid["policyId"]]
    assert attributes["aws.agentcore.policy.log_only_decision_flipping_policies"] == [forbid["policyId"]]


def test_one_engine_decides_for_several_gateways_each_by_its_own_policies(calling, refunds):
    engine = refunds.attach()
    other = Refunds(calling)
    other.attach(engine=engine)
    refunds.policy(engine, "context.input.amount < 1000")
    assert refunds.refund(500).result["isError"] is False
    assert other.refund(500).text == BY_DEFAULT
    other.policy(engine, "context.input.amount < 100")
    assert [other.refund(amount).result["isError"] for amount in (50, 500)] == [False, True]


def test_arguments_reach_the_tool_as_they_were_judged(refunds, function):
    engine = refunds.attach()
    refunds.policy(engine, 'context.input.amount < 1000 && context.input has geography && context.input.geography == "EU"')
    # `geography` is in no schema, and policies see it all the same.
    arguments = {"amount": 7, "geography": "EU", "nested": {"a": [1, 2.5, None, "\u0000\U0001f600"]}}
    answer = refunds.rpc("tools/call", {"name": TOOL, "arguments": arguments})
    assert answer.result["isError"] is False
    assert function.calls()[-1] == arguments


@pytest.mark.text("G9")
def test_an_argument_of_another_type_is_told_and_nothing_is_called(refunds, function):
    engine = refunds.attach()
    refunds.policy(engine, "context.input.amount < 1000")
    before = len(function.calls())
    answer = refunds.rpc("tools/call", {"name": TOOL, "arguments": {"amount": "5"}})
    assert answer.result["isError"] is True
    assert answer.text.startswith("ValidationException - Parameter validation failed: Invalid request parameters:\n- ")
    assert len(function.calls()) == before


def test_a_policy_that_cannot_be_evaluated_is_skipped_and_recorded(refunds, log):
    engine = refunds.attach()
    permit = refunds.policy(engine, "context.input.amount < 1000")
    # A call without the amount: the permit errs.
    answer = refunds.rpc("tools/call", {"name": TOOL})
    assert answer.text == BY_DEFAULT
    recorded = until(lambda: [line for line in decisions(log) if line["gatewayId"] == refunds.gateway])[-1]
    assert recorded["attributes"]["aws.agentcore.policy.mismatched_policies"] == [permit["policyId"]]


def test_a_tool_that_is_not_there_is_no_question_for_policies(refunds):
    engine = refunds.attach()
    refunds.policy(engine, action="action")
    for name in ("process_refund", "RefundTarget___nothing", "", TOOL.lower(), TOOL + "\u0000", f" {TOOL}", TOOL * 1000):
        error = refunds.rpc("tools/call", {"name": name}).error
        assert (error["code"], error["message"][:14]) == (-32602, "Unknown tool: "), name
        assert len(error["message"]) < 200


def test_each_decision_is_one_line_without_its_arguments(refunds, log):
    engine = refunds.attach()
    permit = refunds.policy(engine, "context.input.amount < 1000")
    refunds.tools()
    secret = "do-not-tell-4711"
    allowed = refunds.rpc("tools/call", {"name": TOOL, "arguments": {"amount": 1, "orderId": secret}}, id="first")
    refunds.refund(2000)

    def all_three():
        lines = [line for line in decisions(log) if line["gatewayId"] == refunds.gateway]
        return lines if len(lines) == 3 else None

    listed, first, second = until(all_three)
    assert secret not in log.read_text()
    assert listed["operation"] == "PartiallyAuthorizeActions"
    assert listed["attributes"]["aws.agentcore.policy.allowed_tools"] == [TOOL]
    assert first["operation"] == "AuthorizeAction"
    assert (first["id"], first["toolName"], first["isError"]) == ("first", TOOL, False)
    assert first["requestId"] == allowed.headers["x-amzn-requestid"]
    assert first["log"] == "Policy evaluation completed"
    policy = first["policy"]
    assert policy["decision"] == "ALLOW"
    assert policy["policyEngineArn"] == refunds.engine_arn(engine)
    assert policy["determiningPolicies"] == [permit["policyId"]]
    assert policy["principal"]["entityType"] == "AgentCore::UnauthenticatedUser"
    assert 0 < policy["latencyMs"] < 1000
    attributes = first["attributes"]
    assert attributes["aws.agentcore.policy.effects"] == ["PERMIT"]
    assert attributes["aws.agentcore.policy.target_resource.id"] == refunds.arn
    arguments = json.dumps({"amount": 1, "orderId": secret}, separators=(",", ":")).encode()
    digest = hashlib.sha256(struct.pack(">Q", len(arguments)) + arguments).hexdigest()
    assert first["argumentsSha256"] == digest
    assert second["policy"]["decision"] == "DENY"
    assert second["attributes"]["aws.agentcore.policy.authorization_reason"].startswith("No policy applies")


def test_the_command_decisions_shows_them_as_a_table(refunds, log):
    engine = refunds.attach()
    refunds.policy(engine, "context.input.amount < 1000")
    for amount in (500, 2000):
        refunds.refund(amount)
    until(lambda: len([line for line in decisions(log) if line["gatewayId"] == refunds.gateway]) == 2)
    shown = subprocess.run([BINARY, "decisions", "--decision-log", log], capture_output=True, text=True, timeout=30)
    assert shown.returncode == 0, shown.stderr
    header, *rows = shown.stdout.splitlines()
    assert header.split() == ["TIME", "DECISION", "MODE", "TOOL", "PRINCIPAL", "LATENCY", "REASON"]
    assert [row.split()[1] for row in rows[-2:]] == ["ALLOW", "DENY"]
    with subprocess.Popen(
        [BINARY, "decisions", "--follow", "--decision-log", log], stdout=subprocess.PIPE, text=True
    ) as following:
        for _ in range(1 + len(rows)):
            following.stdout.readline()
        refunds.refund(501)
        assert "ALLOW" in following.stdout.readline()
        following.terminate()


def test_a_gateway_is_where_it_was_after_a_restart(calling, refunds):
    engine = refunds.attach()
    refunds.policy(engine, "context.input.amount < 1000")
    calling.kill()
    calling.start()
    refunds.client = calling.client()
    refunds.url = refunds.client.get_gateway(gatewayIdentifier=refunds.gateway)["gatewayUrl"]
    # The first call after the start is decided like every other.
    assert [refunds.refund(amount).result["isError"] for amount in (2000, 500)] == [True, False]


def test_a_gateway_that_is_deleted_takes_no_calls(calling):
    refunds = Refunds(calling)
    for target in refunds.client.list_gateway_targets(gatewayIdentifier=refunds.gateway)["items"]:
        ids = {"gatewayIdentifier": refunds.gateway, "targetId": target["targetId"]}
        refunds.client.delete_gateway_target(**ids)
        until(lambda: not refunds.client.list_gateway_targets(gatewayIdentifier=refunds.gateway)["items"])
    refunds.client.delete_gateway(gatewayIdentifier=refunds.gateway)
    assert refunds.rpc("ping").status == 404


@pytest.mark.text("G3a")
@pytest.mark.text("G3b")
def test_the_older_reason_comes_in_both_shapes(backends, function):
    reason = "Tool Execution Denied: Tool call not allowed due to policy enforcement " \
        "[Policy evaluation denied due to no determining policies]"
    legacy = (*function.flags, "--switch", "compat.deny-reason-text=legacy")
    refunds = Refunds(backends(*legacy))
    refunds.attach()
    assert refunds.refund(1).text == f"AuthorizeActionException - {reason}"
    refunds = Refunds(backends(*legacy, "--switch", "compat.deny-shape=jsonrpc-error"))
    refunds.attach()
    assert refunds.refund(1).error == {"code": -32002, "message": reason}


@pytest.mark.text("G2")
def test_switches_say_how_a_denial_reads(backends, function):
    switched = backends(
        *function.flags, "--switch", "compat.deny-shape=jsonrpc-error", "--switch", "compat.unknown-tool=denied",
        "--switch", "compat.log-only-listing=filtered",
    )
    refunds = Refunds(switched)
    refunds.attach()
    reason = "Tool Execution Denied: Tool call not allowed due to policy enforcement " \
        "[No policy applies to the request (denied by default).]"
    for tool in (TOOL, "RefundTarget___nothing"):
        answer = refunds.refund(1, tool=tool)
        assert (answer.status, answer.error) == (200, {"code": -32002, "message": reason})
    # Without the name of a target policies are not asked.
    assert refunds.refund(1, tool="nothing").error["code"] == -32602
    refunds.attach(mode="LOG_ONLY", engine=make_engine(refunds.client))
    assert refunds.tools() == []


def test_decisions_are_counted_under_the_names_of_aws(backends, function):
    address = free_address()
    refunds = Refunds(backends(*function.flags, "--gateway-metrics-listen", address))
    engine = refunds.attach()
    refunds.policy(engine, "context.input.amount < 1000")
    refunds.policy(engine, "context.input.amount > 100", effect="forbid", enforcementMode="LOG_ONLY")
    for amount in (50, 500, 2000):
        refunds.refund(amount)
    refunds.rpc("tools/call", {"name": TOOL, "arguments": {"amount": "x"}})
    refunds.rpc("tools/call", {"name": TOOL})
    refunds.tools()
    lines = metrics(address)
    assert refunds.counted(engine, lines) == {
        "invocations": 5, "allow_decisions": 2, "deny_decisions": 2, "user_errors": 1, "determining_policies": 2,
        "no_determining_policies": 2, "total_mismatched_policies": 1, "log_only_matches": 2, "log_only_decision_flips": 1,
        "latency_seconds_count": 5,
    }
    assert any('operation_name="PartiallyAuthorizeActions"' in line for line in lines)
