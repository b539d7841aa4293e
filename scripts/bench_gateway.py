"""The benchmark of gateways: decisions a second over HTTP, what a gateway adds to a call, and how soon a change counts.

The backend and the tool run on one core, the load (`gateway-load`, scripts/gateway/) on another and never sleeps. What is called
a ceiling is sent as fast as it is answered; times are of requests that are sent at a fixed rate, from when each was due. How many
waited at a time is counted and compared with what the rate and the times make of it (Little's law). Every answer is looked at.
"""

import http.client
import json
import pathlib
import random
import statistics
import subprocess
import urllib.parse

import bench_probe
import playground
from bench_alone import Alone
from bench_flips import Flips
from playground import Failure

# Policies of the engine, one of which is for the tool.
POLICIES = 1_000
# Cores of the servers, and of the load.
SERVER, CLIENT = 0, 1
# Connections of the ceiling, and of a fixed rate.
MANY, FEW = 16, 8
# Calls a second when times of calls are compared.
RATE = 1_000
# Seconds of one window, and windows; `gateway-load` warms up before each.
WINDOW, WINDOWS, WARM_UP = 4, 3, 2
# What counted and computed waiting may differ by, and windows among each other.
LITTLE, SPREAD = 0.2, 0.05
VERSION = "2025-11-25"
ROLE = "arn:aws:iam::123456789012:role/bench-gateway"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:echo"
AUTHORIZER = {"customJWTAuthorizer": {"discoveryUrl": "https://issuer.example.com/.well-known/openid-configuration", "allowedClients": ["agents"]}}
CLAIMS = ("client_id=agents", "sub=user-17", "role=team-3", "scope=tool3:write openid")
# Tools of both targets: what the MCP server lists.
TOOL = {"type": "object", "properties": {"amount": {"type": "integer"}, "region": {"type": "string"}}}
PERMIT = 'permit(principal is AgentCore::OAuthUser, action in [{}], resource == AgentCore::Gateway::"{}") when {{ context.input has amount && context.input.amount < 500 }};'


def on(core, command):
    return ["taskset", "--cpu-list", str(core), *command]


class Governed:
    """A gateway as a client meets it."""

    def __init__(self, bench, members):
        made = bench.ask("POST", "/gateways/", members | {"roleArn": ROLE, "protocolType": "MCP", "authorizerType": "CUSTOM_JWT", "authorizerConfiguration": AUTHORIZER})
        self.bench, self.path = bench, f"/gateways/{made['gatewayId']}/"
        self.settled(self.path)
        shown = bench.ask("GET", self.path)
        self.arn, self.id = shown["gatewayArn"], made["gatewayId"]

    def settled(self, path):
        def ready():
            status = self.bench.ask("GET", path)["status"]
            if status in ("FAILED", "CREATE_UNSUCCESSFUL", "UPDATE_UNSUCCESSFUL"):
                raise Failure(f"{path} is {status}")
            return status == "READY"

        playground.wait_until(f"{path} to be READY", 60, ready)

    def target(self, name, configuration):
        made = self.bench.ask("POST", f"{self.path}targets/", {"name": name, "targetConfiguration": {"mcp": configuration}})
        self.settled(f"{self.path}targets/{made['targetId']}/")

    def attach(self, engine):
        shown = self.bench.ask("GET", self.path)
        kept = ("name", "roleArn", "protocolType", "authorizerType", "authorizerConfiguration")
        wanted = {name: shown[name] for name in kept} | {"policyEngineConfiguration": {"arn": engine, "mode": "ENFORCE"}}
        self.bench.ask("PUT", self.path, wanted)
        self.settled(self.path)

    def begin(self, host, token):
        """Begins a session; from then on calls are of it."""
        self.request_path = f"/{self.id}/mcp"
        self.headers = {"authorization": f"Bearer {token}", "content-type": "application/json", "accept": "application/json, text/event-stream"}
        session = begun(host, self.request_path, self.headers)
        self.headers |= {"mcp-session-id": session, "mcp-protocol-version": VERSION}

    def call(self, tool, amount, expect):
        return self.calls(tool, {"amount": amount, "region": "eu"}, expect)

    def calls(self, tool, arguments, expect):
        return request(self.request_path, self.headers, tool, arguments, expect)


def begun(host, path, headers):
    address = urllib.parse.urlsplit(f"http://{host}")
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    params = {"protocolVersion": VERSION, "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
    connection.request("POST", path, json.dumps({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.status != 200:
        raise Failure(f"initialize at {path}: {answer.status} {text}")
    return answer.headers.get("mcp-session-id")


def request(path, headers, tool, arguments, expect):
    """A call of a tool, as `gateway-load` reads it."""
    params = {"name": tool, "arguments": arguments}
    body = json.dumps({"jsonrpc": "2.0", "id": arguments["amount"], "method": "tools/call", "params": params})
    return {"path": path, "headers": headers, "body": body, "expect": expect}


class GatewayBench(bench_probe.Table, Alone):
    def __init__(self, program, folder, place):
        bench_probe.Table.__init__(self)
        Alone.__init__(self, program, folder)
        self.load = self.program.with_name("gateway-load")
        self.random = random.Random(7)
        self.place = place

    def run(self):
        try:
            self.echo = self.start(on(SERVER, [self.load, "echo"]), "listening on ")
            self.backend()
            self.govern()
            self.decisions("no decision log")
            self.backend("--decision-log", self.folder / "decisions.jsonl")
            self.decisions("with a decision log")
            self.calls("an MCP server", "Echo___echo", {"path": "/mcp", "tool": "echo"})
            self.calls("a Lambda function", "Function___echo", {"path": f"/2015-03-31/functions/{FUNCTION}/invocations"})
        finally:
            self.stop()
        Flips(self, self.place, self.load).run()

    # What is called.

    def backend(self, *flags):
        """Starts the backend, anew if there is one; sessions begin anew."""
        if self.address is not None:
            self.children[-1].terminate()
            self.children.pop().wait()
        self.address = self.start(
            on(SERVER, [self.program, "backend", "--listen", "127.0.0.1:0", "--gateway-listen", "127.0.0.1:0", "--data-dir", self.folder / "data",
                        "--transition-delay", "0ms", "--switch", "limits.enforce-policy-size=off", "--log-level", "warn",
                        "--lambda-endpoint", f"*=http://{self.echo}", *flags]),
            "listening on http://",
        )
        line = self.children[-1].stdout.readline()
        if not line.startswith("gateways on http://"):
            raise Failure("the backend serves no gateways")
        self.gateways = line.removeprefix("gateways on http://").strip()
        claims = [word for claim in CLAIMS for word in ("--claim", claim)]
        token = [self.program, "token", "--data-dir", self.folder / "data", *claims]
        self.token = subprocess.run(token, text=True, stdout=subprocess.PIPE, check=True).stdout.strip()
        for gateway in getattr(self, "all", ()):
            gateway.begin(self.gateways, self.token)

    def govern(self):
        """Two gateways with the same tools: one that lets everything through, one with policies as a fleet of tools has them."""
        fleet = self.fleet = json.loads(subprocess.run(
            [self.program.with_name("authorize-load"), "fleet", str(POLICIES)], text=True, stdout=subprocess.PIPE, check=True).stdout)
        self.open, self.governed = Governed(self, {"name": "open"}), Governed(self, {"name": "governed"})
        self.all = (self.open, self.governed)
        echo = {"name": "echo", "description": "Gives back", "inputSchema": TOOL}
        for gateway in self.all:
            gateway.target("Echo", {"mcpServer": {"endpoint": f"http://{self.echo}/mcp"}})
            gateway.target("Function", function([echo]))
        targets = {}
        for tool in fleet["tools"]:
            described = {"name": tool["name"], "description": "A tool", "inputSchema": {"type": "object"} | tool["input"]}
            targets.setdefault(tool["target"], []).append(described)
        for name, tools in targets.items():
            self.governed.target(name, function(tools))
        engine = self.engine()
        self.governed.attach(self.ask("GET", engine)["policyEngineArn"])
        actions = ", ".join(f'AgentCore::Action::"{name}___echo"' for name in ("Echo", "Function"))
        statements = [PERMIT.format(actions, self.governed.arn)]
        statements += [one.replace(fleet["gateway"], self.governed.arn) for one in fleet["statements"][: POLICIES - 1]]
        for number, statement in enumerate(statements):
            self.ask("POST", f"{engine}/policies", {"name": f"policy_{number}", "definition": {"cedar": {"statement": statement}},
                                                    "validationMode": "IGNORE_ALL_FINDINGS"})
        self.settled(engine)
        for gateway in self.all:
            gateway.begin(self.gateways, self.token)
        self.tools = [f"{tool['target']}___{tool['name']}" for tool in fleet["tools"]]

    # What is measured.

    def decisions(self, log):
        """Calls that are denied: a decision and nothing else."""
        refused = [self.governed.call(self.random.choice(self.tools), self.random.randrange(1_000, 2_000), "Tool Execution Denied") for _ in range(2_000)]
        ceiling = self.windows(["ceiling", MANY], refused)
        where = f"{POLICIES:,} policies, {log}"
        rate = statistics.median(one["rate"] for one in ceiling)
        self.row(f"decisions a second, {where}", f"{rate:,.0f}" + spread(ceiling, "rate"), "at least 30,000", rate >= 30_000)
        half = self.windows(["steady", FEW], refused, round(rate / 2))
        p50, p99 = middle(half)
        self.row(f"a decision at half of that rate, {where}: p50, p99", f"{p50:.0f} µs, {p99:.0f} µs" + spread(half, "p50"),
                 "within 80 µs, 400 µs", p50 <= 80 and p99 <= 400)
        self.little(half, f"waiting at half of that rate, {where}: counted, and by Little's law")

    def calls(self, what, tool, direct):
        """The same tool directly, and behind both gateways; one after the other in each round."""
        accept = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
        if "tool" in direct:
            straight = [request(direct["path"], accept | {"mcp-protocol-version": VERSION}, direct["tool"], {"amount": amount, "region": "eu"}, "amount") for amount in range(1, 400)]
        else:
            straight = [{"path": direct["path"], "headers": accept, "body": json.dumps({"amount": amount, "region": "eu"}), "expect": "amount"}
                        for amount in range(1, 400)]
        ways = {"directly": straight}
        for name, gateway in (("a gateway without an engine", self.open), (f"a gateway with {POLICIES:,} policies", self.governed)):
            ways[name] = [gateway.call(tool, amount, '"isError":false') for amount in range(1, 400)]
        measured = self.in_turn(ways, RATE)
        for name, windows in measured.items():
            p50, p99 = middle(windows)
            self.row(f"a call of {what}, {name}: p50, p99", f"{p50:.0f} µs, {p99:.0f} µs" + spread(windows, "p50"))
        self.added(f"the same through the gateway with policies, less directly, {what}: p50, p99", measured)
        last = ways[f"a gateway with {POLICIES:,} policies"]
        slow, fast = self.worked(["steady", FEW], last, RATE), self.worked(["ceiling", MANY], last)
        self.row(f"processor time of the backend for a call of {what}, with policies: at this rate, and as fast as they are answered",
                 f"{slow:.0f} µs, {fast:.0f} µs")
        half = round(statistics.median(one["rate"] for one in self.windows(["ceiling", MANY], last)) / 2)
        self.added(f"through the gateway with policies, less directly, at {half:,} calls a second, {what}: p50, p99", self.in_turn(ways, half))

    def in_turn(self, ways, rate):
        """Windows of each of these ways at a rate, one after the other in each round."""
        measured = {name: [] for name in ways}
        for _ in range(WINDOWS):
            for name, requests in ways.items():
                measured[name].append(self.send(["steady", FEW], requests, rate))
        return measured

    def added(self, what, measured):
        """What the last of the ways takes longer than the first."""
        direct, *_, last = (middle(windows) for windows in measured.values())
        p50, p99 = last[0] - direct[0], last[1] - direct[1]
        self.row(what, f"{p50:.0f} µs, {p99:.0f} µs", "at most 150 µs, 600 µs", p50 <= 150 and p99 <= 600)

    def worked(self, command, requests, rate=None):
        """Microseconds of processor time that the backend takes for a call."""
        before = bench_probe.processor(self.children[-1])
        told = self.send(command, requests, rate)
        return (bench_probe.processor(self.children[-1]) - before) / (told["rate"] * (WINDOW + WARM_UP)) * 1e6

    def little(self, windows, what):
        counted, computed = (statistics.median(one[name] for one in windows) for name in ("waiting", "little"))
        good = abs(counted - computed) <= LITTLE * computed
        self.row(what, f"{counted:.2f}, {computed:.2f}", f"within {LITTLE:.0%}", good)

    def windows(self, command, requests, rate=None):
        return [self.send(command, requests, rate) for _ in range(WINDOWS)]

    def send(self, command, requests, rate=None, address=None):
        name, connections = command
        address = address or (self.gateways if "authorization" in requests[0]["headers"] else self.echo)
        words = [self.load, name, address, connections, WINDOW]
        words += [] if rate is None else [rate]
        ran = subprocess.run(on(CLIENT, [str(word) for word in words]), input="\n".join(map(json.dumps, requests)), text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        if ran.returncode != 0:
            raise Failure(f"gateway-load {name}: {ran.stderr.strip()}")
        return json.loads(ran.stdout)


def function(tools):
    return {"lambda": {"lambdaArn": FUNCTION, "toolSchema": {"inlinePayload": tools}}}


def middle(windows):
    return tuple(statistics.median(one[name] for one in windows) for name in ("p50", "p99"))


def spread(windows, name):
    """How far windows differ, when that is much."""
    values = [one[name] for one in windows]
    variation = statistics.stdev(values) / statistics.mean(values)
    return f" (varies by {variation:.0%})" if variation > SPREAD else ""
