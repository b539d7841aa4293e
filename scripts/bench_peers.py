"""The benchmark beside two authorizers that people run as servers: OPA and Cerbos.

The same policies, said in Rego and in Cerbos' YAML, and the same calls: each server gives the same answers before anything is timed.
All servers run on one core, and the load sends to one after the other in each round, so the ratios are those of one run. Both
are built from their published modules. A gateway does what they do not: it reads MCP, keeps a session and checks a
token, so what is compared is what a caller pays for a decision.
"""

import http.client
import json
import pathlib
import re
import shutil
import socket
import statistics
import subprocess

import bench_probe
import playground
from bench_gateway import CLAIMS, MANY, POLICIES, SERVER, WINDOWS, GatewayBench, on, spread
from playground import Failure

OPA = ("github.com/open-policy-agent/opa", "v1.22.4")
CERBOS = ("github.com/cerbos/cerbos/cmd/cerbos", "v0.55.0")
# How many calls all answer alike, before anything is timed, and how many are sent.
COMPARED, SENT = 400, 2_000
# How many times what a peer decides, and what share of its memory.
TIMES = {"OPA": 3, "Cerbos": 5}
SHARE = {"Cerbos": 1 / 3}

HEAD = re.compile(
    r"(permit|forbid)\(\s*principal(?: is AgentCore::(?P<kind>\w+)| == AgentCore::OAuthUser::\"(?P<user>[^\"]+)\")?,"
    r"\s*action(?: == AgentCore::Action::\"(?P<tool>[^\"]+)\"| in AgentCore::Action::\"(?P<target>[^\"]+)\")?,"
    r"\s*resource == AgentCore::Gateway::\"[^\"]+\"\s*\) when \{\s*(?P<when>.*?)\s*\};\s*", re.S)
ROLE = r'principal\.hasTag\("role"\) && principal\.getTag\("role"\) == "([^"]+)"'
# A part of a condition, in Rego and in Cerbos' CEL.
PARTS = [
    (rf"!\({ROLE}\)", r'not input.tags.role == "\1"', r'!(has(P.attr.role) && P.attr.role == "\1")'),
    (ROLE, r'input.tags.role == "\1"', r'has(P.attr.role) && P.attr.role == "\1"'),
    (r'principal\.hasTag\("scope"\) && principal\.getTag\("scope"\) like "\*([^"*]+)\*"',
     r'contains(input.tags.scope, "\1")', r'has(P.attr.scope) && P.attr.scope.contains("\1")'),
    (r"context\.input has region && (\[[^\]]+\])\.contains\(context\.input\.region\)",
     r"input.arguments.region in \1", r"has(R.attr.region) && R.attr.region in \1"),
    (r"context\.input\.amount ([<>]) (\d+)", r"input.arguments.amount \1 \2", r"R.attr.amount \1 \2"),
    (r'context\.system\.now ([<>]) datetime\("([\d-]+)"\)',
     r'time.now_ns() \1 time.parse_rfc3339_ns("\2T00:00:00Z")', r'now() \1 timestamp("\2T00:00:00Z")'),
]


class Rule:
    """A policy of the fleet, taken apart."""

    def __init__(self, statement):
        head = HEAD.fullmatch(statement)
        if head is None:
            raise Failure(f"no translation of {statement}")
        self.effect, self.kind, self.user = head[1], head["kind"], head["user"]
        self.tool, self.target = head["tool"], head["target"]
        self.rego, self.cel, rest = [], [], head["when"]
        while rest:
            for pattern, rego, cel in PARTS:
                if part := re.match(pattern + r"(?: && |$)", rest):
                    self.rego.append(part.expand(rego))
                    self.cel.append(part.expand(cel))
                    rest = rest[part.end():]
                    break
            else:
                raise Failure(f"no translation of {rest}")

    def in_rego(self):
        """The rule, with what OPA finds it by first."""
        named = {"action": self.tool, "target": self.target, "kind": "OAuthUser" if self.user else self.kind, "id": self.user}
        lines = [f'input.{name} == "{value}"' for name, value in named.items() if value is not None]
        return "\n\t".join([f"{self.effect} if {{", *lines, *self.rego]) + "\n}\n"

    def in_cerbos(self):
        """The rule, as one of the resource policy of a target."""
        conditions = list(self.cel)
        if self.user is not None:
            conditions.insert(0, f'P.id == "{self.user}"')
        role = "OAuthUser" if self.user else self.kind or "*"
        action = self.tool.partition("___")[2] if self.tool else "*"
        effect = {"permit": "EFFECT_ALLOW", "forbid": "EFFECT_DENY"}[self.effect]
        return {"actions": [action], "effect": effect, "roles": [role], "condition": {"match": {"expr": " && ".join(conditions)}}}

    def is_of(self, target):
        return target in (self.target, self.tool and self.tool.partition("___")[0]) or not (self.tool or self.target)


class Peer:
    """A server beside the gateway."""

    def __init__(self, name, address, path, body, said, denied):
        self.name, self.address, self.path = name, address, path
        self.body, self.said, self.denied = body, said, denied

    def request(self, call):
        return {"path": self.path, "headers": {"content-type": "application/json"}, "body": json.dumps(self.body(call)), "expect": self.denied}

    def permits(self, call):
        return self.said(answer(self.address, self.request(call)), call)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def answer(address, request):
    """What a server makes of a request."""
    host, _, port = address.rpartition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    connection.request("POST", request["path"], request["body"], request["headers"])
    answered = connection.getresponse()
    text = answered.read().decode()
    connection.close()
    if answered.status != 200:
        raise Failure(f"{address}{request['path']}: {answered.status} {text}")
    return json.loads(text)


class PeersBench(GatewayBench):
    def __init__(self, program, folder):
        super().__init__(program, folder, None)

    def run(self):
        opa, cerbos = self.built(*OPA), self.built(*CERBOS)
        try:
            self.echo = self.start(on(SERVER, [self.load, "echo"]), "listening on ")
            self.backend()
            self.govern()
            # As the others, it finds its policies when it starts.
            self.backend()
            ours = self.children[-1]
            rules = [Rule(statement) for statement in self.fleet["statements"][: POLICIES - 1]]
            claims = dict(claim.split("=", 1) for claim in CLAIMS)
            peers = [self.opa(opa, rules, claims), self.cerbos(cerbos, rules, claims)]
            self.compare(peers)
            self.measure(peers, dict(zip(["a gateway", *(peer.name for peer in peers)], [ours, *self.children[-2:]])))
        finally:
            self.stop()

    def built(self, module, version):
        """A peer's program, built once by its version."""
        folder = self.program.parents[1] / "peers" / f"{pathlib.PurePath(module).name}-{version}"
        program = folder / "program"
        if not program.exists():
            print(f"  building {module}@{version} (takes a few minutes)", flush=True)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            # Not `go install`, which takes no module whose go.mod leaves something out.
            for command in (["mod", "init", "peer"], ["get", "-tool", f"{module}@{version}"], ["build", "-o", program, module]):
                made = subprocess.run(["go", *command], cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                if made.returncode != 0:
                    raise Failure(f"go {' '.join(map(str, command))}: {made.stdout}")
        return program

    def opa(self, program, rules, claims):
        policies = self.folder / "policies.rego"
        policies.write_text("package agentcore\n\ndefault allow := false\n\nallow if {\n\tpermit\n\tnot forbid\n}\n\n" + "\n".join(rule.in_rego() for rule in rules))
        address = f"127.0.0.1:{free_port()}"
        self.served(on(SERVER, [program, "run", "--server", "--addr", address, "--log-level", "error", "--skip-version-check", policies]),
                    f"http://{address}/health")
        body = lambda call: {"input": {"kind": "OAuthUser", "id": claims["sub"], "tags": claims, "target": call[0].partition("___")[0],
                                       "action": call[0], "arguments": call[1]}}
        return Peer("OPA", address, "/v1/data/agentcore/allow", body, lambda said, _: said["result"], '"result":false')

    def cerbos(self, program, rules, claims):
        folder = self.folder / "cerbos"
        folder.mkdir()
        for target in {tool.partition("___")[0] for tool in self.tools}:
            policy = {"resource": target, "version": "default", "rules": [rule.in_cerbos() for rule in rules if rule.is_of(target)]}
            # JSON is YAML.
            (folder / f"{target}.yaml").write_text(json.dumps({"apiVersion": "api.cerbos.dev/v1", "resourcePolicy": policy}))
        address, grpc = (f"127.0.0.1:{free_port()}" for _ in range(2))
        settings = {"server.httpListenAddr": address, "server.grpcListenAddr": grpc, "storage.driver": "disk", "storage.disk.directory": folder,
                    "storage.disk.watchForChanges": "false", "telemetry.disabled": "true"}
        flags = [f"--set={name}={value}" for name, value in settings.items()]
        self.served(on(SERVER, [program, "server", "--log-level=error", *flags]), f"http://{address}/_cerbos/health")
        principal = {"id": claims["sub"], "roles": ["OAuthUser"], "attr": claims}

        def body(call):
            target, _, tool = call[0].partition("___")
            return {"principal": principal, "resources": [{"actions": [tool], "resource": {"kind": target, "id": "call", "attr": call[1]}}]}

        def said(answer, call):
            return answer["results"][0]["actions"][call[0].partition("___")[2]] == "EFFECT_ALLOW"

        return Peer("Cerbos", address, "/api/check/resources", body, said, '"EFFECT_DENY"')

    def served(self, command, health):
        """Starts a peer and waits until it answers."""
        log = self.folder / f"peer-{len(self.children)}.log"
        with log.open("wb") as written:
            child = subprocess.Popen([str(word) for word in command], stdout=written, stderr=written, env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder)})
        self.children.append(child)

        def answers():
            if child.poll() is not None:
                raise Failure(f"{' '.join(map(str, command))} ended with {child.returncode}: {log.read_text()}")
            return playground.http_get(health)[0] == 200

        playground.wait_until(f"{health} to answer", 60, answers)

    def compare(self, peers):
        """Every server says the same of the same calls, and of some that they may go through."""
        through = 0
        for _ in range(COMPARED):
            call = self.random.choice(self.tools), {"amount": self.random.randrange(0, 2_000), "region": self.random.choice(["eu", "ap"])}
            said = answer(self.gateways, self.governed.calls(*call, ""))
            ours = said["result"]["isError"] is False
            through += ours
            for peer in peers:
                if peer.permits(call) != ours:
                    raise Failure(f"{peer.name} says {not ours} of {call}, and the gateway {ours}: {said}")
        self.row("calls of which all three say the same, and those that may go through", f"{COMPARED}, {through}", "some of each", 0 < through < COMPARED)

    def measure(self, peers, processes):
        refused = [(self.random.choice(self.tools), {"amount": self.random.randrange(1_000, 2_000), "region": "eu"}) for _ in range(SENT)]
        ways = {"a gateway": (self.gateways, [self.governed.calls(*call, "Tool Execution Denied") for call in refused])}
        ways |= {peer.name: (peer.address, [peer.request(call) for call in refused]) for peer in peers}
        measured = {name: [] for name in ways}
        for _ in range(WINDOWS):
            for name, (address, requests) in ways.items():
                measured[name].append(self.send(["ceiling", MANY], requests, address=address))
        rates = {name: statistics.median(one["rate"] for one in windows) for name, windows in measured.items()}
        memory = {name: bench_probe.memory(process) for name, process in processes.items()}
        for name, rate in rates.items():
            self.row(f"decisions a second, {POLICIES:,} policies: {name}", f"{rate:,.0f}" + spread(measured[name], "rate"))
            self.row(f"resident memory after that: {name}", f"{memory[name]:.0f} MiB")
        for name, least in TIMES.items():
            ratio = rates["a gateway"] / rates[name]
            self.row(f"a gateway's decisions by those of {name}", f"{ratio:.1f}x", f"at least {least}x", ratio >= least)
        for name, most in SHARE.items():
            share = memory["a gateway"] / memory[name]
            self.row(f"the backend's memory by that of {name}", f"{share:.2f}", f"at most {most:.2f}", share <= most)
