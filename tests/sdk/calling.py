"""A gateway with a refund tool behind it, and raw calls of it: as an MCP client makes them, and as none would."""

import http.client
import json
import pathlib
import socket
import sys
import urllib.parse
import urllib.request

from conftest import fresh, make_engine, make_gateway, settled, wait

TARGET = "RefundTarget"
TOOL = f"{TARGET}___process_refund"
# The function writes down what it is given, and pays.
FUNCTION = """
import json, os, sys
event = json.load(sys.stdin)
with open(sys.argv[1], "a") as calls:
    calls.write(json.dumps(event) + "\\n")
with open(sys.argv[1] + ".context", "w") as context:
    context.write(os.environ["AGENTCORE_CLIENT_CONTEXT"])
json.dump({"refunded": event.get("amount")}, sys.stdout)
"""


class Function:
    """The program behind the tool, and what it was called with."""

    def __init__(self, folder):
        self.program = folder / "refund.py"
        self.program.write_text(FUNCTION)
        self.calls_file = folder / "calls.jsonl"
        self.flags = ("--lambda-endpoint", f"*=exec:{sys.executable} {self.program} {self.calls_file}")

    def context(self):
        """What the last call was told beside its arguments."""
        return json.loads(self.calls_file.with_name(self.calls_file.name + ".context").read_text())["custom"]

    def calls(self):
        if not self.calls_file.exists():
            return []
        return [json.loads(line) for line in self.calls_file.read_text().splitlines()]


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)

    @property
    def result(self):
        return self.json()["result"]

    @property
    def error(self):
        return self.json()["error"]

    @property
    def text(self):
        """The one text of a tool's result."""
        (content,) = self.result["content"]
        assert content["type"] == "text"
        return content["text"]


def lambda_target(refunds, name, *tools, **members):
    """A target of a gateway, with tools of these names that all refund; gives its id."""
    tools = [
        {
            "name": tool,
            "description": "Pays back",
            "inputSchema": {
                "type": "object",
                "properties": {"amount": {"type": "integer"}, "orderId": {"type": "string"}},
                "required": ["amount"],
            },
        }
        for tool in tools
    ]
    function = "arn:aws:lambda:us-east-1:123456789012:function:refund"
    made = refunds.client.create_gateway_target(
        gatewayIdentifier=refunds.gateway,
        name=name,
        targetConfiguration={"mcp": {"lambda": {"lambdaArn": function, "toolSchema": {"inlinePayload": tools}}}},
        **members,
    )
    seen = settled(
        refunds.client.get_gateway_target, gatewayIdentifier=refunds.gateway, targetId=made["targetId"]
    )
    assert seen["status"] == "READY", seen
    return made["targetId"]


class Refunds:
    """The gateway."""

    def __init__(self, backend, **members):
        self.backend = backend
        self.client = backend.client()
        wanted = {"authorizerType": "NONE"} | members
        self.gateway = make_gateway(self.client, **wanted)
        shown = self.client.get_gateway(gatewayIdentifier=self.gateway)
        self.url, self.arn = shown["gatewayUrl"], shown["gatewayArn"]
        self.target()

    def target(self, name=TARGET):
        lambda_target(self, name, "process_refund")

    def attach(self, mode="ENFORCE", engine=None):
        """Attaches an engine, a new one if none is given; gives its id."""
        engine = engine or make_engine(self.client)
        self.change(policyEngineConfiguration={"arn": self.engine_arn(engine), "mode": mode})
        return engine

    @staticmethod
    def engine_arn(engine):
        return f"arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/{engine}"

    def change(self, **members):
        """Reads everything and sends it back with these."""
        seen = self.client.get_gateway(gatewayIdentifier=self.gateway)
        kept = ("name", "roleArn", "protocolType", "protocolConfiguration", "authorizerType", "authorizerConfiguration",
                "policyEngineConfiguration", "description")
        wanted = {name: seen[name] for name in kept if name in seen} | members
        wanted = {name: value for name, value in wanted.items() if value is not None}
        self.client.update_gateway(gatewayIdentifier=self.gateway, **wanted)
        assert settled(self.client.get_gateway, gatewayIdentifier=self.gateway)["status"] == "READY"

    def statement(self, condition="true", effect="permit", principal="principal", action=f'action == AgentCore::Action::"{TOOL}"'):
        return f'{effect}({principal}, {action}, resource == AgentCore::Gateway::"{self.arn}") when {{ {condition} }};'

    def policy(self, engine, condition="true", **parts):
        """An ACTIVE policy's ids."""
        members = {name: parts.pop(name) for name in ("enforcementMode",) if name in parts}
        made = self.client.create_policy(
            policyEngineId=engine,
            name=fresh("policy"),
            definition={"cedar": {"statement": self.statement(condition, **parts)}},
            validationMode="IGNORE_ALL_FINDINGS",
            **members,
        )
        ids = {"policyEngineId": engine, "policyId": made["policyId"]}
        wait(self.client, "policy_active", **ids)
        return ids

    # Calls.

    def send(self, body, method="POST", path=None, **headers):
        """One request; a body that is no bytes is sent as JSON. A header that is none is left out."""
        url = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
        wanted = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
        wanted |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        try:
            connection.putrequest(method, path or url.path, skip_host="host" in wanted, skip_accept_encoding=True)
            for name, value in wanted.items():
                for one in value if isinstance(value, list) else [value]:
                    if one is not None:
                        connection.putheader(name, one)
            if data is not None:
                connection.putheader("content-length", str(len(data)))
            connection.endheaders(data)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def rpc(self, method, params=None, id=1, **headers):
        body = {"jsonrpc": "2.0", "id": id, "method": method}
        return self.send(body | ({} if params is None else {"params": params}), **headers)

    def counted(self, engine, lines, mode="ENFORCE"):
        """What was counted of calls, by the names of metrics without what all have in common."""
        of_calls = (
            f'{{operation_name="AuthorizeAction",policy_engine="{self.engine_arn(engine)}",'
            f'target_resource="{self.arn}",tool_name="{TOOL}",mode="{mode}"}}'
        )
        return {
            line.split("{")[0].removeprefix("agentcore_gateway_").removesuffix("_total"): int(line.split()[-1])
            for line in lines
            if of_calls in line and "_bucket" not in line and "_sum" not in line
        }

    def refund(self, amount, tool=TOOL, **headers):
        return self.rpc("tools/call", {"name": tool, "arguments": {"amount": amount}}, **headers)

    def tools(self, **headers):
        return [tool["name"] for tool in self.rpc("tools/list", **headers).result["tools"]]


def free_address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return "%s:%d" % free.getsockname()


def metrics(address):
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
        return answer.read().decode().splitlines()


def decisions(path):
    return [json.loads(line) for line in pathlib.Path(path).read_text().splitlines()]


def small_refunds(backend):
    """A gateway that pays what is below 1,000."""
    refunds = Refunds(backend)
    refunds.policy(refunds.attach(), "context.input.amount < 1000")
    return refunds
