"""An MCP server over HTTP, as small as one can be: it lists tools, and a test can change them."""

import contextlib
import json

from . import served

PROTOCOL = "2025-06-18"


class _Handler(served.Handler):
    def do_POST(self):
        request = json.loads(self.body())
        if "id" not in request:
            self.answer(202, b"")
            return
        match request["method"]:
            case "initialize":
                result = {
                    "protocolVersion": PROTOCOL,
                    "capabilities": {"tools": {}},
                    "serverInfo": {"name": "tools", "version": "1"},
                }
            case "tools/list":
                result = {"tools": self.server.tools}
            case _:
                result = {}
        body = json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}).encode()
        self.answer(200, body)

    def do_GET(self):
        self.answer(405, b"")

    do_DELETE = do_GET


@contextlib.contextmanager
def serving(tools):
    """A server with these tools; it has `url`, and its `tools` can be changed."""
    with served.serving(_Handler) as server:
        server.tools = tools
        server.url = f"{server.base}/mcp"
        yield server
