"""An MCP server over HTTP, as small as one can be: it lists tools, and a test can change them."""

import contextlib
import http.server
import json
import threading

PROTOCOL = "2025-06-18"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "id" not in request:
            self._answer(202, b"")
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
        self._answer(200, body)

    def do_GET(self):
        self._answer(405, b"")

    do_DELETE = do_GET

    def _answer(self, status, body):
        self.send_response(status)
        if body:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serving(tools):
    """A server with these tools; it has `url`, and its `tools` can be changed."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.tools = tools
    server.url = f"http://127.0.0.1:{server.server_address[1]}/mcp"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
