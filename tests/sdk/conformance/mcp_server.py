"""An MCP server over HTTP, as small as one can be: it lists tools and prompts, and a test can change them."""

import contextlib
import json
import threading

from . import served

PROTOCOL = "2025-06-18"


class _Handler(served.Handler):
    def do_POST(self):
        request = json.loads(self.body())
        if "id" not in request:
            self.answer(202, b"")
            return
        method, params = request["method"], request.get("params") or {}
        match method:
            case "initialize":
                result = {
                    "protocolVersion": PROTOCOL,
                    "capabilities": {"tools": {}, "prompts": {}},
                    "serverInfo": {"name": "tools", "version": "1"},
                }
            case "tools/list":
                result = {"tools": self.server.tools}
            case "prompts/list":
                result = {"prompts": self.server.prompts}
            case "prompts/get":
                self.server.called.append((method, params["name"]))
                result = {"messages": []}
            case "tools/call":
                self.server.called.append((method, params["name"]))
                if self.server.hangs:
                    self.hang()
                    return
                result = {"content": [{"type": "text", "text": "done"}]}
            case _:
                result = {}
        body = json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}).encode()
        self.answer(200, body)

    def hang(self):
        """Answers nothing, until who asked leaves."""
        self.server.begun.set()
        self.connection.settimeout(30)
        with contextlib.suppress(OSError):
            if not self.connection.recv(1):
                self.server.left.set()
        self.close_connection = True

    def do_GET(self):
        self.answer(405, b"")

    do_DELETE = do_GET


@contextlib.contextmanager
def serving(tools):
    """A server with these tools and no prompts, which can be changed; it has `url`, and writes down what is `called`.

    While it `hangs`, no call of a tool is answered: `begun` says that there is one, `left` that its caller has closed."""
    with served.serving(_Handler) as server:
        server.tools, server.prompts, server.called = tools, [], []
        server.hangs, server.begun, server.left = False, threading.Event(), threading.Event()
        server.url = f"{server.base}/mcp"
        yield server
