"""What an attacker sends to a gateway, and a client that is careless: nothing of it reaches a tool past the policies."""

import http.client
import json
import urllib.parse

import pytest

from calling import TOOL, Refunds, small_refunds

CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": TOOL, "arguments": {"amount": 2000}}}
ALLOWED = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": TOOL, "arguments": {"amount": 1}}}
NEW = "2026-07-28"
META = {"io.modelcontextprotocol/protocolVersion": NEW, "io.modelcontextprotocol/clientCapabilities": {}}


@pytest.fixture(scope="module")
def refunds(calling):
    return small_refunds(calling)


@pytest.fixture(autouse=True)
def nothing_is_paid(function):
    """Whatever a test sends, no refund of 2,000 was paid."""
    yield
    assert all(call.get("amount") != 2000 for call in function.calls())


def text(value):
    return json.dumps(value).encode()


BODIES = {
    "a batch": text([CALL]),
    "a batch that begins with a ping": text([{"jsonrpc": "2.0", "id": 0, "method": "ping"}, CALL]),
    "an empty batch": b"[]",
    "a method that is there twice": b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":'
    + text(CALL["params"]) + b"}",
    "parameters that are there twice": b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":' + text(ALLOWED["params"])
    + b',"params":' + text(CALL["params"]) + b"}",
    "an amount that is there twice": b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"' + TOOL.encode()
    + b'","arguments":{"amount":1,"amount":2000}}}',
    "the same, one of them escaped": b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"' + TOOL.encode()
    + b'","arguments":{"amount":1,"\\u0061mount":2000}}}',
    "an envelope in other letters": text(ALLOWED | {"Params": CALL["params"]}),
    "a name in other letters": text(ALLOWED | {"params": ALLOWED["params"] | {"Name": "x"}}),
    "arguments in other letters": text(ALLOWED | {"params": ALLOWED["params"] | {"Arguments": {"amount": 2000}}}),
    "arguments that are text": text(ALLOWED | {"params": {"name": TOOL, "arguments": '{"amount": 2000}'}}),
    "arguments that are null": text(ALLOWED | {"params": {"name": TOOL, "arguments": None}}),
    "two messages": text(ALLOWED) + text(CALL),
    "bytes after the message": text(ALLOWED) + b"\0",
    "no JSON": b"amount=2000",
    "nothing": b"",
    "UTF-16": json.dumps(CALL).encode("utf-16"),
    "a mark of bytes": b"\xef\xbb\xbf" + text(CALL),
    "no UTF-8": text(CALL).replace(b"RefundTarget", b"Refund\xff"),
    "deep nesting": b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"' + TOOL.encode()
    + b'","arguments":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}}",
    "a number beyond all": text(CALL).replace(b"2000", b"1e999"),
    "a call without an id": text({name: value for name, value in CALL.items() if name != "id"}),
    "an answer with a method": text(CALL | {"result": {}}),
}


@pytest.mark.parametrize("what", BODIES)
def test_a_body_that_could_be_read_in_two_ways_is_not_read(refunds, what):
    answer = refunds.send(BODIES[what])
    assert answer.status in (200, 400), answer.body
    assert answer.error["code"] in (-32700, -32600, -32602), answer.body


@pytest.mark.parametrize(
    "media",
    [None, "", "text/plain", "application/x-www-form-urlencoded", "application/json-rpc", "application/json; charset=utf-16",
     "multipart/form-data", "application/json, text/plain", ["application/json", "text/plain"]],
)
def test_an_odd_content_type_is_no_way_past(refunds, media):
    answer = refunds.send(CALL, content_type=media)
    assert answer.status in (400, 415), answer.body


def test_a_content_type_is_read_as_http_has_it(refunds):
    for media in ("Application/JSON", 'application/json;charset="UTF-8"', "application/json ; a=b"):
        assert refunds.send(ALLOWED, content_type=media).status == 200, media


def test_a_compressed_body_is_refused(refunds):
    assert refunds.send(CALL, content_encoding="gzip").status == 415


@pytest.mark.parametrize("name", ["host", "content-type", "authorization", "mcp-session-id", "mcp-protocol-version", "origin"])
def test_a_header_that_is_there_twice_is_refused(refunds, name):
    host = refunds.url.split("/")[2]
    value = {"host": host, "content-type": "application/json", "origin": f"http://{host}"}.get(name, "x")
    assert refunds.send(ALLOWED, **{name: [value, value]}).status == 400


def test_lengths_that_differ_are_refused(refunds):
    answer = refunds.send(ALLOWED, **{"content-length": "1"})
    assert answer.status == 400


def test_a_large_body_is_refused_and_the_connection_told_why(refunds):
    body = text(CALL | {"params": {"name": TOOL, "arguments": {"amount": 1, "orderId": "x" * 2_000_000}}})
    assert refunds.send(body).status == 413


def test_pages_of_other_origins_and_other_names_of_this_machine_are_refused(refunds):
    port = refunds.url.split("/")[2].split(":")[1]
    for headers, status in [
        ({"origin": "https://evil.example.com"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": f"http://localhost:{port}"}, 200),
        ({"host": f"evil.example.com:{port}", "origin": f"http://evil.example.com:{port}"}, 403),
    ]:
        assert refunds.send(ALLOWED, **headers).status == status, headers


@pytest.mark.parametrize("path", ["/", "/mcp", "//mcp", "/{id}", "/{id}/mcp/", "/{id}/MCP", "/%2e/{id}/mcp", "/x/../{id}/mcp",
                                  "/{ID}/mcp", "/{id}%00/mcp", "/other-0123456789/mcp"])
def test_only_the_path_itself_leads_to_a_gateway(refunds, path):
    path = path.replace("{id}", refunds.gateway).replace("{ID}", refunds.gateway.upper())
    answer = refunds.send(ALLOWED, path=path)
    assert answer.status == 404, path


def test_other_methods_are_refused(refunds):
    for method in ("GET", "PUT", "PATCH", "HEAD"):
        answer = refunds.send(None, method=method)
        assert (answer.status, answer.headers["allow"]) == (405, "POST, DELETE"), method


def begin(refunds, version="2025-06-18"):
    params = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    return refunds.rpc("initialize", params)


def test_a_session_is_of_one_gateway_and_ends_when_it_is_told_to(calling, refunds):
    answer = begin(refunds)
    session = answer.headers["mcp-session-id"]
    assert answer.result["protocolVersion"] == "2025-06-18"
    assert refunds.rpc("ping", mcp_session_id=session).result == {}
    other = Refunds(calling)
    for where, id in [(other, session), (refunds, "made-up"), (refunds, session[:-1])]:
        answer = where.refund(1, mcp_session_id=id)
        assert (answer.status, answer.error["code"]) == (404, -32600), id
    assert other.send(None, method="DELETE", mcp_session_id=session).status == 404
    assert refunds.send(None, method="DELETE", mcp_session_id=session).status == 204
    assert refunds.rpc("ping", mcp_session_id=session).status == 404


def test_a_gateway_that_says_how_long_sessions_last_wants_one(calling):
    settings = {"mcp": {"sessionConfiguration": {"sessionTimeoutInSeconds": 900}}}
    refunds = Refunds(calling, protocolConfiguration=settings)
    answer = refunds.refund(1)
    assert (answer.status, answer.error) == (400, {"code": -32600, "message": "Missing required Mcp-Session-Id header"})
    session = begin(refunds).headers["mcp-session-id"]
    assert refunds.refund(1, mcp_session_id=session).result["isError"] is False


def test_versions_are_agreed_on_or_refused(refunds):
    assert begin(refunds, "1999-01-01").result["protocolVersion"] == "2025-11-25"
    answer = refunds.rpc("tools/list", mcp_protocol_version="1999-01-01")
    assert (answer.status, answer.error["code"]) == (400, -32022)
    assert answer.error["data"]["supported"][-1] == NEW


def test_the_newest_version_says_in_headers_what_it_says_in_the_body(refunds):
    params = ALLOWED["params"] | {"_meta": META}
    headers = {"mcp_protocol_version": NEW, "mcp_method": "tools/call", "mcp_name": TOOL}
    answer = refunds.rpc("tools/call", params, **headers)
    assert (answer.status, answer.result["isError"], answer.result["resultType"]) == (200, False, "complete")
    for wrong in [{"mcp_method": "ping"}, {"mcp_name": "x"}, {"mcp_name": None}, {"mcp_protocol_version": "2025-06-18"}]:
        answer = refunds.rpc("tools/call", params, **(headers | wrong))
        assert (answer.status, answer.error["code"]) == (400, -32020), wrong
    found = refunds.rpc("server/discover", {"_meta": META}, mcp_protocol_version=NEW, mcp_method="server/discover").result
    assert NEW in found["supportedVersions"]
    unknown = refunds.rpc("no/such", {"_meta": META}, mcp_protocol_version=NEW, mcp_method="no/such")
    assert (unknown.status, unknown.error["code"]) == (404, -32601)


def test_notifications_and_answers_are_taken_in_and_unknown_methods_are_told(refunds):
    for body in [
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}},
        {"jsonrpc": "2.0", "id": 1, "result": {}},
    ]:
        answer = refunds.send(body)
        assert (answer.status, answer.body) == (202, b"")
    answer = refunds.rpc("tools/delete")
    assert (answer.status, answer.error["code"]) == (200, -32601)
    assert refunds.rpc("server/discover").error["code"] == -32601
    assert refunds.rpc("prompts/list").result == {"prompts": []}


def test_a_call_is_decided_by_what_is_in_force_when_it_is_whole(calling, function):
    refunds = Refunds(calling)
    url = urllib.parse.urlsplit(refunds.url)
    body = text(CALL)
    # The head comes while nothing governs the gateway, the body when an engine denies everything.
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
    connection.putrequest("POST", url.path)
    connection.putheader("content-type", "application/json")
    connection.putheader("content-length", str(len(body)))
    connection.endheaders()
    refunds.attach()
    connection.send(body)
    answer = json.load(connection.getresponse())
    connection.close()
    assert "denied by default" in answer["result"]["content"][0]["text"]


def test_what_clients_may_send_besides_is_passed_over(refunds):
    assert refunds.send({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": None}).result == {}
    answer = refunds.rpc("tools/call", ALLOWED["params"] | {"task": {"ttl": 1000}})
    assert answer.result["isError"] is False
