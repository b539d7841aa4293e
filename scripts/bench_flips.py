"""How long after a change of a policy in Kubernetes the gateway decides by it: part of the benchmark of gateways.

API server, etcd, operator with its local backend and gateway, and who asks: all on this machine, pinned to nothing.
"""

import json
import subprocess
import urllib.parse

import bench_kinds
import bench_probe
import playground
from playground import Failure

FLIPS = 200
NAME = "flips"
# The engine of others, most policies of it, and how many times as long a change may take beside them.
OTHERS, MOST, BESIDE = "others", 6_000, 1.3


class Flips:
    def __init__(self, bench, place, load):
        self.bench, self.place, self.load = bench, place, load

    def run(self):
        """A policy that permits and forbids in turn, applied on the server's side."""
        echo = subprocess.Popen([self.load, "echo"], stdout=subprocess.PIPE, text=True)
        try:
            self.start(echo.stdout.readline().removeprefix("listening on ").strip())
            told = self.measured()
            beside, made = self.beside_others()
        finally:
            echo.terminate()
            echo.wait()
        times = lambda one: ", ".join(f"{one[name] / 1000:.0f} ms" for name in ("p50", "p99", "most"))
        good = told["p50"] <= 30_000 and told["p99"] <= 150_000
        self.bench.row(f"a changed policy, from accepted by the API server to a changed decision, {told['flips']} times: p50, p99, longest",
                       times(told), "p50 within 30 ms, p99 within 150 ms", good)
        self.bench.row("the same, from when it was sent", times(told["sent"]))
        ratios = [beside[name] / told[name] for name in ("p50", "p99")]
        self.bench.row(f"the same while {made} policies of another engine are applied and become Ready: p50, p99, longest", times(beside))
        self.bench.row("that by the times without them: p50, p99", ", ".join(f"{ratio:.1f}x" for ratio in ratios), f"at most {BESIDE}x", max(ratios) <= BESIDE)

    def start(self, echo):
        print("starting an API server with an etcd that syncs to disk", flush=True)
        self.place.start_cluster("--fsync")
        self.place.install_crds()
        admin, self.place.kubeconfig = self.place.kubeconfig, bench_probe.account(self.place)
        # Where metrics are served is told at the level info.
        self.place.start_operator(
            "--log-level", "warn,agentcore_policy_operator::operator::controllers::run=info", "--transition-delay", "0ms",
            "--lambda-endpoint", f"*=http://{echo}", "--decision-log", str(self.place.folder / "decisions.jsonl"),
        )
        self.place.kubeconfig = admin
        objects = bench_kinds.governed(NAME, "forbid")
        self.place.kubectl("apply", "--server-side", "--field-manager=gateway-load", "-f", "-", stdin="\n".join(map(json.dumps, objects)))
        kinds = "gateways.agentcore.dev,gatewaytargets.agentcore.dev,policyengineattachments.agentcore.dev,policies.agentcore.dev"
        self.place.kubectl("wait", "--for=condition=Ready", "--timeout=60s", kinds, "--all")

    def beside_others(self):
        """The same while one client applies as many policies of another engine as it can, and how many became Ready meanwhile."""
        self.place.kubectl("apply", "-f", "-", stdin=json.dumps(bench_kinds.manifest("PolicyEngine", OTHERS, {})))
        self.place.kubectl("wait", "--for=condition=Ready", "--timeout=60s", f"policyengines.agentcore.dev/{OTHERS}")
        manifests = self.place.folder / "others.json"
        statement = "permit(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway) when {{ principal.hasTag(\"role\") && principal.getTag(\"role\") == \"r{}\" }};"
        spec = lambda number: {"policyEngineRef": {"name": OTHERS}, "definition": {"cedar": {"statement": statement.format(number)}}}
        manifests.write_text("\n".join(json.dumps(bench_kinds.manifest("Policy", f"{OTHERS}-{number}", spec(number))) for number in range(MOST)))
        applying = subprocess.Popen([self.place.kubectl_program, "apply", "-f", str(manifests)], env=self.place.environment(), stdout=subprocess.DEVNULL)
        try:
            playground.wait_until("others to be Ready", 60, lambda: self.active() > 20)
            before = self.active()
            told = self.measured()
            made = self.active() - before
            if applying.poll() is not None:
                raise Failure(f"all {MOST} other policies were applied before the flips were over")
            return told, made
        finally:
            applying.kill()
            applying.wait()

    def active(self):
        """How many of the other policies are Ready."""
        listed = self.place.kubectl("get", "policies.agentcore.dev", "-o", r'jsonpath={range .items[*]}{.metadata.name}={.status.status}{"\n"}{end}')
        return sum(line.startswith(OTHERS) and line.endswith("=ACTIVE") for line in listed.splitlines())

    def measured(self):
        url = urllib.parse.urlsplit(self.place.get("gateways.agentcore.dev", NAME)["status"]["gatewayUrl"])
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "Function___echo", "arguments": {"amount": 1}}}
        headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
        request = {"path": url.path, "headers": headers, "body": json.dumps(body), "expect": '"isError":false'}
        ran = subprocess.run(
            [self.load, "flips", url.netloc, self.place.kubeconfig, str(FLIPS)], text=True, timeout=300,
            input="\n".join(map(json.dumps, (bench_kinds.policy(NAME, "forbid"), bench_kinds.policy(NAME), request))), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        if ran.returncode != 0:
            raise Failure(f"gateway-load flips: {ran.stderr.strip()}")
        return json.loads(ran.stdout)
