"""What is sent to a gateway so that two programs on the way read different things: at the level of HTTP, byte by byte,
and in names that look like others. Each test sends a call that would be paid, where it must not be found."""

import json
import socket
import unicodedata
import urllib.parse

import pytest

from calling import TARGET, TOOL, Refunds, lambda_target, small_refunds
from conftest import fresh_name

# Allowed by the policy, and paid for by nothing but what is smuggled.
SMUGGLED = 666


@pytest.fixture(scope="module")
def refunds(calling):
    return small_refunds(calling)


@pytest.fixture(autouse=True)
def nothing_is_paid(function):
    yield
    assert all(call.get("amount") != SMUGGLED for call in function.calls())


def call(amount, tool=TOOL):
    params = {"name": tool, "arguments": {"amount": amount}}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()


class Place:
    """Where the bytes go."""

    def __init__(self, refunds):
        self.url = urllib.parse.urlsplit(refunds.url)
        self.address = (self.url.hostname, self.url.port)

    def head(self, *lines, target=None, version="HTTP/1.1", kind=b"content-type: application/json"):
        first = f"POST {target or self.url.path} {version}\r\nhost: {self.url.netloc}\r\n".encode()
        return first + b"".join(line + b"\r\n" for line in (kind, *lines)) + b"\r\n"

    def request(self, amount):
        body = call(amount)
        return self.head(b"content-length: %d" % len(body)) + body

    def answers(self, data):
        """The statuses of all answers to this. A request comes behind it that is told 403 and ends the connection, unless
        that has ended before."""
        last = b"GET / HTTP/1.1\r\nhost: last.example.com\r\nconnection: close\r\n\r\n"
        read = b""
        with socket.create_connection(self.address, timeout=60) as connection:
            try:
                connection.sendall(data + last)
                while piece := connection.recv(65536):
                    read += piece
            except ConnectionError:
                # It ended before all was sent or read.
                pass
        statuses = [int(part[:3]) for part in read.split(b"HTTP/1.1 ")[1:]]
        return statuses[:-1] if statuses[-1:] == [403] else statuses


@pytest.fixture
def place(refunds):
    return Place(refunds)


def chunked(data):
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data)


def test_the_same_bytes_are_read_where_there_is_nothing_odd_about_them(place, function):
    """So that what follows is refused for what is odd about it."""
    one, other = place.request(1), place.head(b"transfer-encoding: chunked") + chunked(call(2))
    assert place.answers(one + other) == [200, 200]
    assert [one["amount"] for one in function.calls()[-2:]] == [1, 2]


@pytest.mark.parametrize("chunks_first", [True, False])
def test_a_length_beside_chunks_hides_no_second_request(place, chunks_first):
    """A proxy that goes by the length sends all of it as one body; what stands behind the last chunk is no request."""
    hidden = place.request(SMUGGLED)
    lines = [b"transfer-encoding: chunked", b"content-length: %d" % (5 + len(hidden))]
    head = place.head(*(lines if chunks_first else reversed(lines)))
    assert place.answers(head + b"0\r\n\r\n" + hidden) == [400]
    # The other way round: a proxy goes by the chunks, of which the length covers the first line alone.
    lines = [b"transfer-encoding: chunked", b"content-length: 4"]
    head = place.head(*(lines if chunks_first else reversed(lines)))
    assert place.answers(head + chunked(hidden)) == [400]


@pytest.mark.parametrize(
    "line",
    [b"transfer-encoding: xchunked", b"transfer-encoding: gzip, chunked", b"transfer-encoding: chunked, identity",
     b"transfer-encoding: identity", b"transfer-encoding: chunked\r\ntransfer-encoding: identity",
     b"transfer-encoding: gzip\r\ntransfer-encoding: chunked", b"transfer-encoding: chunked\r\ntransfer-encoding: chunked",
     b"transfer-encoding : chunked", b"transfer-encoding:\x0bchunked", b"transfer-encoding: \"chunked\"",
     b"x: y\r\n transfer-encoding: chunked", b"transfer-encoding\r\n: chunked", b"transfer-encoding: chunked\0",
     b"x: a\rtransfer-encoding: chunked", b" transfer-encoding: chunked"],
)
def test_an_odd_way_to_say_chunks_is_refused(place, line):
    assert place.answers(place.head(line) + chunked(call(SMUGGLED)))[0] in (400, 501)


def test_there_are_no_chunks_in_http_1_0(place):
    head = place.head(b"transfer-encoding: chunked", version="HTTP/1.0")
    assert place.answers(head + chunked(call(SMUGGLED))) == [400]


@pytest.mark.parametrize("length", ["+{}", "-{}", "0x{:x}", "{}, {}", "{} {}", "{}.0", "{}_0", "{};q=1", "１", "9" * 25])
def test_a_length_that_is_no_number_is_refused(place, length):
    body = call(SMUGGLED)
    length = length.format(len(body), len(body)).encode()
    assert place.answers(place.head(b"content-length: " + length) + body) == [400]


def test_two_lengths_are_refused(place):
    body = call(SMUGGLED)
    for other in (0, len(body) - 1, len(body) + 1):
        lines = [b"content-length: %d" % len(body), b"content-length: %d" % other]
        assert place.answers(place.head(*lines) + body) == [400], other


@pytest.mark.parametrize(
    "chunk",
    [b"0x%x\r\n%s\r\n", b"+%x\r\n%s\r\n", b"-%x\r\n%s\r\n", b"%x\r\n%sXX", b"%x;a\nb\r\n%s\r\n", b"10000000000000000%x\r\n%s\r\n",
     b" \r\n%x\r\n%s\r\n", b"%x\r%s\r\n"],
)
def test_an_odd_chunk_is_refused(place, chunk):
    body = call(SMUGGLED)
    data = place.head(b"transfer-encoding: chunked") + chunk % (len(body), body) + b"0\r\n\r\n"
    assert place.answers(data) == [400]


def test_a_body_that_is_not_read_hides_no_request(place):
    """Refused before its body is read: that is no request afterwards."""
    hidden = place.request(SMUGGLED)
    length = b"content-length: %d" % len(hidden)
    for head, statuses in [
        (place.head(length, kind=b"content-type: text/plain"), [415]),
        (place.head(length, target="/nowhere/mcp/"), [404]),
        (place.head(length).replace(b"POST", b"GET", 1), [405]),
        (place.head(length, b"content-encoding: gzip"), [415]),
    ]:
        assert place.answers(head + hidden) == statuses, head


def test_a_target_with_a_host_of_its_own_is_the_host(place, refunds):
    body = call(SMUGGLED)
    length = b"content-length: %d" % len(body)
    for host in ("evil.example.com", f"evil.example.com:{place.url.port}", "127.0.0.1:1"):
        target = f"http://{host}{place.url.path}"
        assert place.answers(place.head(length, target=target) + body) == [400], target
    allowed = call(3)
    head = place.head(b"content-length: %d" % len(allowed), target=refunds.url)
    assert place.answers(head + allowed) == [200]


def test_trailers_decide_nothing(place):
    """A header that a proxy has looked for in the head is none when it comes behind the body."""
    trailers = b"content-type: application/json\r\nauthorization: Bearer x\r\n"
    body = call(SMUGGLED)
    data = b"%x\r\n%s\r\n0\r\n%s\r\n" % (len(body), body, trailers)
    head = place.head(b"transfer-encoding: chunked", b"trailer: content-type", kind=b"content-type: text/plain")
    assert place.answers(head + data) == [415]


LOOKALIKES = {
    "full width": TOOL.replace("R", "\uff32"),
    "a Cyrillic a": TOOL.replace("a", "\u0430"),
    "a long s": TOOL.replace("s", "\u017f"),
    "a Komi d": TOOL.replace("d", "\u0501"),
    "a joiner": TOOL.replace("_p", "\u200d_p"),
    "a space without width": TOOL + "\u200b",
    "a mark of bytes": "\ufeff" + TOOL,
    "a soft hyphen": TOOL.replace("_r", "\u00ad_r"),
    "right to left": "\u202e" + TOOL,
    "a combining mark": TOOL + "\u0307",
    "a variation selector": TOOL + "\ufe0f",
    "NUL at the end": TOOL + "\0",
    "NUL and more": TOOL + "\0x",
    "NUL before": "\0" + TOOL,
    "a line's end": TOOL + "\n",
    "a space": TOOL + " ",
    "percent": TOOL.replace("_", "%5f"),
    "an entity": TOOL.replace("_", "&#95;"),
    "capitals": TOOL.upper(),
    "without its target": TOOL.removeprefix(f"{TARGET}___"),
    "its target twice": f"{TARGET}___{TOOL}",
    "another separator": TOOL.replace("___", "__"),
    "wide underscores": TOOL.replace("_", "\uff3f"),
    "long": TOOL + "_" * 100_000,
    "a lone surrogate": TOOL + "\ud800",
}


@pytest.mark.parametrize("what", LOOKALIKES)
def test_a_name_that_looks_like_a_tools_name_is_none(refunds, what):
    assert LOOKALIKES[what] != TOOL
    answer = refunds.refund(SMUGGLED, tool=LOOKALIKES[what])
    if answer.status == 200 and "result" in answer.json():
        assert answer.result["isError"] is True and "denied by default" in answer.text
    else:
        assert answer.error["code"] in (-32602, -32700), answer.body


def test_names_that_are_the_same_when_normalized_are_two_tools(calling):
    """One is permitted, and the other one is not; both ways."""
    refunds = Refunds(calling)
    composed, decomposed = (unicodedata.normalize(form, "r\u00e9fund") for form in ("NFC", "NFD"))
    assert composed != decomposed
    for allowed, denied in [(composed, decomposed), (decomposed, composed)]:
        target = fresh_name()
        lambda_target(refunds, target, composed, decomposed)
        engine = refunds.attach()
        refunds.policy(engine, action=f'action == AgentCore::Action::"{target}___{allowed}"')
        listed = refunds.tools()
        assert listed == [f"{target}___{allowed}"]
        answer = refunds.refund(SMUGGLED, tool=f"{target}___{denied}")
        assert answer.result["isError"] is True and "denied by default" in answer.text
        assert refunds.refund(4, tool=f"{target}___{allowed}").result["isError"] is False
