"""The benchmark of both programs.

The operator: one engine and 200 policies, and gateways with all that belongs to them (bench_kinds.py), from `kubectl apply` to Ready,
against its local backend; 10,000 policies, and 1,000 under AWS's quotas (bench_scale.py). The backend alone: requests a second (bench_backend.py). The gateway's
authorizer alone: decisions, changes and memory (bench_authorize.py). Gateways: decisions over HTTP, what they add to a
call, and how soon a change counts (bench_gateway.py); and beside OPA and Cerbos (bench_peers.py).

Prints what was measured beside what is expected, and writes both to docs/benchmarks.md. The exit code
tells whether the operator's counts and memory, and what the backend does in a second, are as expected;
the operator's times are printed and not judged, since they belong to the machine.
"""

import argparse
import collections
import json
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import bench_kinds
import bench_probe
import playground
from bench_authorize import AuthorizeBench
from bench_backend import BackendBench
from bench_gateway import GatewayBench
from bench_peers import PeersBench
from bench_scale import QuotaBench, ScaleBench
from playground import ROOT, Failure, Playground

POLICIES = 200
QUIET = 20
QUIET_LOAD = 0.3
REPORT = ROOT / "docs/benchmarks.md"

HEADINGS = {
    "operator": "The operator",
    "scale": "The operator at scale",
    "quotas": "The operator under AWS's quotas",
    "backend": "The backend",
    "authorize": "The gateway's authorizer",
    "gateway": "Gateways",
    "peers": "Gateways beside OPA and Cerbos",
}
TEXTS = {
    "operator": """\
Operator, backend, API server, etcd and the client share the machine, so the times are those of this arrangement and
no one part's. TLS to the API server, none to the backend; audit log on.""",
    "scale": """\
Ten engines in ten namespaces, policies of 1 KB, a local backend without bounds of size in a process of its own; the rest as above. What
the API server can write is measured first: as many connections create policies and write a status to each. A policy on its way to
Ready takes four writes: it is created, gets a finalizer, a status and an Event.""",
    "quotas": """\
One engine; the backend keeps AWS's rates and quotas, and the operator is started as for AWS.""",
    "backend": """\
The backend with SQLite and the load share the machine; HTTP/1.1 on loopback over connections that are kept, 1 for
lists, 4 for GetPolicy, 64 for creates; every write is on disk before it is answered. The ratio is the rate of a route that does
nothing over as many connections, by the rate that was measured. Creates carry a client token; policies are validated
while more are created.""",
    "authorize": """\
One process, one thread that decides, no HTTP and no token: `authorize-load` of this repository. Ten policies a tool, twenty at 10,000; most
are of one tool, one in a hundred of a target, one of all tools; the caller has four claims, and calls are of any tool, in
another order each round. The same requests are decided by Cedar's authorizer over all policies, whose answers are the same.
A decision is the lookup and the evaluation; making the request is told by itself.""",
    "gateway": """\
A backend of its own and the tool share one core, `gateway-load` has the other and never sleeps; HTTP/1.1 on loopback without TLS, MCP in a
session, a token that was verified before (EdDSA, four claims), policies as those of the authorizer above. The first rate is sent as fast as it is answered, on 16
connections, by calls that are denied; times are of calls at a fixed rate on 8 connections (calls of a tool: 1,000 a second, and half as many as are answered), from
when each was due, three windows of 4 s, of which the middle one is told. A gateway with policies records its decisions. The last rows: a policy that
permits and forbids in turn, applied on the server's side, API server, etcd, operator with backend and gateway, and who asks once a
millisecond, pinned to nothing; the backend takes no time of its own to change states.""",
    "peers": """\
The same 1,000 policies, said in Rego for OPA and as resource policies for Cerbos, and the same calls, all denied: 16 connections, HTTP/1.1 on
loopback without TLS. The servers share one core and are asked one after the other in each of three rounds of 4 s; `gateway-load` has the other core. Each finds its
policies when it starts, decides only, and logs nothing; the gateway also reads MCP, keeps a session and checks a token that it has verified before.""",
}

ENGINE = """apiVersion: agentcore.dev/v1alpha1
kind: PolicyEngine
metadata: {{name: {name}}}
spec: {{}}
"""
POLICY = """apiVersion: agentcore.dev/v1alpha1
kind: Policy
metadata: {{name: {name}}}
spec:
  policyEngineRef: {{name: {engine}}}
  definition:
    cedar:
      statement: |
        permit(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway)
        when {{ principal.hasTag("role") && principal.getTag("role") == "{name}" }};
"""


class Bench(bench_probe.Table):
    def __init__(self, place):
        super().__init__()
        self.place = place

    def run(self):
        print("starting an API server with an etcd that syncs to disk", flush=True)
        self.place.start_cluster("--fsync")
        self.place.install_crds()
        admin, self.place.kubeconfig = self.place.kubeconfig, bench_probe.account(self.place)
        # Where metrics are served is told at the level info.
        self.place.start_operator("--log-level", "warn,agentcore_policy_operator::operator::controllers::run=info")
        self.place.kubeconfig = admin
        time.sleep(3)
        idle = self.resident()
        self.pair()
        self.many()
        after = self.resident()
        self.row("resident memory, idle", f"{idle:.1f} MiB")
        self.row(f"resident memory, after {POLICIES + 1} policies", f"{after:.1f} MiB", "at most 40 MiB", after <= 40)
        bench_kinds.run(self, self.place)

    def pair(self):
        """One engine and one policy, applied together."""
        engines, policies = bench_probe.ReadyTimes(self.place, "policyengines"), bench_probe.ReadyTimes(self.place, "policies")
        time.sleep(1)
        began = time.monotonic()
        self.place.kubectl("apply", "-f", "-", stdin=ENGINE.format(name="pair") + "---\n" + POLICY.format(name="pair", engine="pair"))
        playground.wait_until("the pair to be Ready", 60, lambda: engines.ready and policies.ready)
        took = max(engines.ready["pair"], policies.ready["pair"]) - began
        engines.stop()
        policies.stop()
        self.row("engine and policy applied together: both Ready after", f"{took:.2f} s", "within 3 s")

    def many(self):
        """One engine and many policies, applied together."""
        before = self.calls()
        policies = bench_probe.ReadyTimes(self.place, "policies")
        time.sleep(1)
        names = [f"p{number:03}" for number in range(POLICIES)]
        documents = [ENGINE.format(name="many")] + [POLICY.format(name=name, engine="many") for name in names]
        began = time.monotonic()
        self.place.kubectl("apply", "-f", "-", stdin="---\n".join(documents))
        applied = time.monotonic() - began
        playground.wait_until("all policies to be Ready", 300, lambda: all(name in policies.ready for name in names))
        took = sorted(policies.ready[name] - policies.seen[name] for name in names)
        from_apply = sorted(policies.ready[name] - began for name in names)
        policies.stop()
        self.row(f"`kubectl apply` of 1 engine and {POLICIES} policies took", f"{applied:.2f} s")
        self.row("a policy, from created to Ready: p50", f"{statistics.median(took):.2f} s")
        self.row("a policy, from created to Ready: p99", f"{took[int(len(took) * 0.99) - 1]:.2f} s")
        self.row("a policy Ready, from the start of `kubectl apply`: p50", f"{statistics.median(from_apply):.2f} s")
        self.row("the last policy Ready, from the start of `kubectl apply`", f"{from_apply[-1]:.2f} s")
        calls = self.calls() - before
        for operation, count in sorted(calls.items()):
            self.row(f"backend calls: {operation}", str(count))
        gets = sum(count for operation, count in calls.items() if operation == "GetPolicy")
        self.row("backend calls: GetPolicy", str(gets), "never", gets == 0)
        time.sleep(1)
        self.writes(names)

    def writes(self, names):
        """Writes an object until it is Ready, and when nothing happens."""
        log = bench_probe.Audit(self.place)
        counts = log.writes()
        policy_writes = [counts[("policies", name)] for name in names]
        most = max(policy_writes)
        mean = statistics.mean(policy_writes)
        self.row("writes a policy until Ready: mean and most", f"{mean:.2f} and {most}", "at most 3", most <= 3)
        engine = counts[("policyengines", "many")]
        self.row("writes of the engine until all are Ready", str(engine))
        # The engine counts its policies a few seconds after the last of them has changed.
        counted = lambda: self.place.get("policyengines.agentcore.dev", "many")["status"].get("policies", {}).get("active") == len(names)
        playground.wait_until("the engine to have counted its policies", 30, counted)
        settled = log.writes()
        self.row("further writes of the engine, for its count of policies", str(settled[("policyengines", "many")] - engine))
        time.sleep(QUIET)
        quiet = sum(log.writes().values()) - sum(settled.values())
        self.row(f"writes in {QUIET} s of quiet", str(quiet), "none", quiet == 0)

    def calls(self):
        return bench_probe.calls(self.place.metrics)

    def resident(self):
        return bench_probe.memory(self.place.operator)


def machine(program, load):
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, text=True, stdout=subprocess.PIPE).stdout.strip()
    return [
        ("commit", commit or "none"),
        ("processor", f"{os.cpu_count()} x {cpu[1] if cpu else platform.machine()}"),
        ("kernel", f"{platform.system()} {platform.release()}"),
        ("load average before", f"{load:.2f}" + (": the machine was busy, and the times say little" if load > QUIET_LOAD else "")),
        ("build", pathlib.Path(program).resolve().parent.name),
        ("date", time.strftime("%Y-%m-%d")),
    ]


def section(name, bench, facts):
    head = ("what", "a second", "p50 ms", "p99 ms", "ratio", "expected") if name == "backend" else ("what", "measured", "expected")
    return [*TEXTS[name].splitlines(), "", *table(("machine", ""), facts), "", *table(head, bench.rows)]


def table(head, rows):
    return [f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *rows)]


def report(sections):
    """Writes the sections that were measured; the others stay as they are."""
    kept = {}
    if REPORT.exists():
        for part in REPORT.read_text().split("\n## ")[1:]:
            heading, _, text = part.partition("\n")
            kept[heading] = text.strip()
    measured = {heading: "\n".join(lines) for heading, lines in sections.items()}
    lines = ["# Benchmarks", "", "Written by `make bench`, each part by itself: its table says of which commit it is.", ""]
    for heading, text in (kept | measured).items():
        lines += [f"## {heading}", "", text, ""]
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text("\n".join(lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the built agentcore-policy-operator, with the programs for the load beside it")
    parser.add_argument("--controlplane", required=True, help="the built program of tests/controlplane")
    parser.add_argument("--only", choices=tuple(HEADINGS), help="one part")
    parser.add_argument("--policies", type=int, default=10_000, help="how many at scale, a tenth of them under quotas")
    parser.add_argument("--any-load", action="store_true", help="write the report on a busy machine too")
    arguments = parser.parse_args()
    playground.stop_on_signals()
    load = os.getloadavg()[0]
    folder = tempfile.mkdtemp(prefix="agentcore-bench-")
    facts = machine(arguments.program, load)

    def place(name):
        places.append(Playground(f"{folder}/{name}", arguments.program, arguments.controlplane))
        return places[-1]

    places, benches, sections = [], [], {}
    parts = {
        "operator": lambda: Bench(place("operator")),
        "scale": lambda: ScaleBench(place("scale"), arguments.policies),
        "quotas": lambda: QuotaBench(place("quotas"), arguments.policies),
        "backend": lambda: BackendBench(arguments.program, f"{folder}/backend"),
        "authorize": lambda: AuthorizeBench(arguments.program),
        "gateway": lambda: GatewayBench(arguments.program, f"{folder}/gateways", place("gateway")),
        "peers": lambda: PeersBench(arguments.program, f"{folder}/peers"),
    }
    try:
        for name, part in parts.items():
            if arguments.only in (None, name):
                bench = part()
                benches.append(bench)
                bench.run()
                sections[HEADINGS[name]] = section(name, bench, facts)
                for used in places:
                    used.stop()
                places.clear()
    except Failure as failure:
        sys.exit(f"the benchmark failed: {failure}")
    finally:
        for used in places:
            used.stop()
        shutil.rmtree(folder, ignore_errors=True)
    if load > QUIET_LOAD and not arguments.any_load:
        print(f"the load average was {load:.2f} before the start, more than {QUIET_LOAD}: not written to docs/benchmarks.md")
        print("(run it again on a quiet machine, or with LOAD=any)")
    else:
        report(sections)
        print(f"written to {REPORT.relative_to(ROOT)}")
    sys.exit(0 if all(bench.as_expected for bench in benches) else 1)


if __name__ == "__main__":
    main()
