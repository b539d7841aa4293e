"""A gateway in front of an MCP server: what is no tool always passes, a tool's call is decided, and one that is cancelled ends."""

import threading

import pytest

from calling import Refunds
from conformance import documents, mcp_server
from conftest import make_target

TARGET = "Desk"


@pytest.fixture(scope="module")
def server():
    with mcp_server.serving([documents.TOOL]) as server:
        server.prompts = [{"name": "greet", "description": "Greets"}]
        yield server


@pytest.fixture(scope="module")
def desk(calling, server):
    """A gateway with that server behind it, and an engine that permits nothing."""
    desk = in_front_of(server, calling)
    desk.attach()
    return desk


def in_front_of(server, backend):
    desk = Refunds(backend)
    configuration = {"mcp": {"mcpServer": {"endpoint": server.url}}}
    make_target(desk.client, desk.gateway, name=TARGET, targetConfiguration=configuration)
    return desk


def call(desk, **more):
    call = {"name": f"{TARGET}___{documents.TOOL['name']}", "arguments": {"orderId": "o-1", "amount": 1}}
    return desk.rpc("tools/call", call, **more)


def session(desk):
    """The id of a new one."""
    params = {"protocolVersion": mcp_server.PROTOCOL, "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
    return desk.rpc("initialize", params).headers["mcp-session-id"]


def test_what_is_no_tool_passes_where_nothing_is_permitted(desk, server):
    (prompt,) = desk.rpc("prompts/list").result["prompts"]
    assert prompt["name"] == f"{TARGET}___greet", prompt
    server.called.clear()
    got = desk.rpc("prompts/get", {"name": prompt["name"]})
    assert got.status == 200 and "error" not in got.json(), got.body
    assert [name for name, _ in server.called] == ["prompts/get"]
    assert desk.tools() == []
    assert "denied by default" in call(desk).text
    assert [name for name, _ in server.called] == ["prompts/get"], "the tool is not called"


def test_a_call_that_its_client_cancels_ends_at_the_server_and_no_other_session_s_does(calling, server):
    desk = in_front_of(server, calling)
    mine, theirs = session(desk), session(desk)
    assert mine != theirs
    server.hangs = True
    answers = []
    calling_it = threading.Thread(target=lambda: answers.append(call(desk, id=7, mcp_session_id=mine)))
    calling_it.start()
    assert server.begun.wait(30)

    def cancel(session):
        body = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}}
        assert desk.send(body, mcp_session_id=session).status == 202

    cancel(theirs)
    assert desk.rpc("ping", mcp_session_id=mine).result == {}
    assert calling_it.is_alive() and not server.left.is_set()
    cancel(mine)
    assert server.left.wait(30)
    calling_it.join(30)
    (answer,) = answers
    assert answer.result["isError"] is True and "cancelled" in answer.text, answer.body
    server.hangs = False
    assert call(desk, id=7, mcp_session_id=mine).text == "done"


def test_a_gateway_whose_interceptor_nobody_calls_takes_no_calls(calling, function):
    before = function.calls()
    interceptor = {
        "interceptor": {"lambda": {"arn": documents.LAMBDA}}, "interceptionPoints": ["REQUEST"],
    }  # fmt: skip
    refunds = Refunds(calling, interceptorConfigurations=[interceptor])
    refused = refunds.refund(1)
    assert (refused.status, b"interceptorConfigurations" in refused.body) == (500, True), refused.body
    assert function.calls() == before
