"""The benchmark of the operator at scale: many policies on ten engines, and a thousand under AWS's quotas.

The operator and the backend are processes of their own here. Objects are created by `cluster-load`
(scripts/cluster_load.rs), which watches them in the same process. What the API server can write at best is measured in
the same run, before the operator is started: the ratio to that says more about the operator than the times, which
belong to the machine.
"""

import json
import pathlib
import subprocess
import threading
import time

import bench_probe
import playground
from playground import Failure

ENGINES = 10
CONNECTIONS = 16
CALIBRATION = 20
# The operator's interval in the quiet time, in which every object is looked at once.
RESYNC = 60
POLICIES = "/apis/agentcore.dev/v1alpha1/policies"
GROUP = {"apiVersion": "agentcore.dev/v1alpha1"}
# Where metrics are served is told at the level info.
QUIETLY = ("--log-level", "warn,agentcore_policy_operator::operator::controllers::run=info")
WRITING = ("Create", "Update", "Delete", "Tag", "Untag")


def engine(namespace):
    return GROUP | {"kind": "PolicyEngine", "metadata": {"name": "engine", "namespace": namespace}, "spec": {}}


def policy(namespace, name, roles):
    """A policy whose statement has about 100 bytes, and 60 more a role."""
    tags = [f'principal.getTag("role") == "{name}-{number:02}"' for number in range(roles)]
    statement = (
        "permit(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway)\n"
        'when { principal.hasTag("role") && (' + " ||\n  ".join(tags) + ") };"
    )
    return GROUP | {
        "kind": "Policy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"policyEngineRef": {"name": "engine"}, "definition": {"cedar": {"statement": statement}}},
    }


def writing(calls):
    """How many of the calls change something."""
    return sum(count for operation, count in calls.items() if operation.startswith(WRITING))


class Loaded(bench_probe.Table):
    """What both benchmarks do with a place of their own."""

    def __init__(self, place):
        super().__init__()
        self.place = place
        self.load = str(pathlib.Path(place.program).with_name("cluster-load"))

    def start(self, *backend):
        print("starting an API server with an etcd that syncs to disk", flush=True)
        self.place.start_cluster("--fsync")
        self.place.install_crds()
        self.admin, self.account = self.place.kubeconfig, bench_probe.account(self.place)
        self.place.start_backend("--log-level", "warn", *backend)

    def start_operator(self, start, *args):
        self.place.kubeconfig = self.account
        start(*QUIETLY, *args)
        self.place.kubeconfig = self.admin

    def send(self, command, seconds, manifests):
        ran = subprocess.run(
            [self.load, command, self.admin, str(CONNECTIONS), str(seconds)], text=True,
            input="\n".join(map(json.dumps, manifests)), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        if ran.returncode != 0:
            raise Failure(f"the load on the API server failed: {ran.stderr.strip()}")
        return json.loads(ran.stdout)

    def engines(self, namespaces):
        self.place.kubectl("apply", "-f", "-", stdin="\n".join(json.dumps(engine(name)) for name in namespaces))
        for name in namespaces:
            self.place.kubectl("wait", "--for=condition=Ready", "--timeout=60s", "-n", name, "policyengines/engine")

    def calls(self):
        return bench_probe.calls(self.place.metrics)

    def gone(self, path, seconds):
        listing = lambda: json.loads(self.place.kubectl("get", "--raw", path + "?limit=1"))
        playground.wait_until("all policies to be gone", seconds, lambda: not listing()["items"])

    def memory(self, what="VmRSS"):
        return bench_probe.memory(self.place.operator, what)

    def writes_of(self, log, before, names, most, events):
        """Writes and Events an object since then."""
        counts = log.writes() - before
        each = [counts[("policies", name)] for name in names]
        mean = sum(each) / len(each)
        self.row("writes a policy until Ready: mean and most", f"{mean:.2f} and {max(each)}", f"at most {most} on average", mean <= most)
        noted = log.events() - events
        made = sum(noted[name] for name in names) / len(each)
        self.row("writes of Events a policy", f"{made:.2f}", "at most 1", made <= 1)


class ScaleBench(Loaded):
    """Policies on ten engines, against the local backend without rates."""

    def __init__(self, place, policies):
        super().__init__(place)
        self.policies = policies
        self.namespaces = [f"team-{number}" for number in range(ENGINES)]

    def run(self):
        self.start("--switch", "limits.enforce-policy-size=off")
        for name in ("calibration", *self.namespaces):
            self.place.kubectl("create", "namespace", name)
        ceiling = self.ceiling()
        self.start_operator(self.place.start_operator)
        time.sleep(5)
        idle = self.memory()
        self.row("resident memory of the operator, idle", f"{idle:.1f} MiB", "at most 12 MiB", idle <= 12)
        self.engines(self.namespaces)
        log = bench_probe.Audit(self.place)
        some = self.policies // 10
        self.fill(log, "a", some, ceiling)
        self.settle()
        fewer = self.memory()
        self.row(f"resident memory of the operator, {some:,} policies", f"{fewer:.1f} MiB")
        self.delete(log, "a", some)
        self.fill(log, "b", self.policies, ceiling)
        self.settle()
        self.resident(some, fewer)
        self.restart(log)
        self.quiet(log)
        self.drift()

    def names(self, prefix, count):
        return [f"{prefix}{number:05}" for number in range(count)]

    def ceiling(self):
        """Writes a second that the API server can do, creates and writes of a status in turn."""
        manifests = [policy("calibration", name, 17) for name in self.names("c", CALIBRATION * 500)]
        told = self.send("ceiling", CALIBRATION, manifests)
        rate = told["writes"] / told["seconds"]
        self.row("writes that the API server can do without an operator", f"{rate:.0f}/s; p99 {told['write']['p99'] * 1000:.0f} ms")
        self.place.kubectl("delete", "--raw", POLICIES.replace("/policies", "/namespaces/calibration/policies"))
        self.gone(POLICIES, 120)
        return rate

    def fill(self, log, prefix, count, ceiling):
        """Policies that are created at once, until all are Ready."""
        names = self.names(prefix, count)
        manifests = [policy(self.namespaces[index % ENGINES], name, 17) for index, name in enumerate(names)]
        writes, events, calls = log.writes(), log.events(), self.calls()
        served = bench_probe.Served(self.place)
        told = self.send("ready", 900, manifests)
        some, ready = f"{count:,} policies", told["ready"]
        rate = count / told["seconds"]
        share = rate / (ceiling / 2)
        self.row(f"{some} created, 16 at once, in", f"{told['create_seconds']:.1f} s")
        expected, good = ("within 120 s", told["seconds"] <= 120) if count == 10_000 else ("", None)
        self.row(f"{some}: the last one Ready after", f"{told['seconds']:.1f} s", expected, good)
        self.row(f"{some}: from created to Ready: p50, p99, last", f"{ready['p50']:.2f} s, {ready['p99']:.2f} s, {ready['last']:.2f} s")
        self.row(f"{some}: Ready a second, by half of what the API server can write", f"{rate:.0f}/s, {share:.0%}", "at least 70 %", share >= 0.7)
        p99 = served.p99()
        self.row("the API server's answers to writes meanwhile: p99", f"within {p99 * 1000:.0f} ms", "within 1 s", p99 <= 1)
        self.writes_of(log, writes, names, 2, events)
        made = self.calls() - calls
        self.row("backend calls", ", ".join(f"{operation} {number:,}" for operation, number in sorted(made.items())))
        self.row("backend calls: GetPolicy", str(made["GetPolicy"]), "never", made["GetPolicy"] == 0)

    def settle(self):
        """Waits until no engine counts its policies any more, and nothing is under way."""
        last = None
        for _ in range(60):
            now = bench_probe.passes(self.place.metrics, "PolicyEngine")
            if now == last:
                return
            last = now
            time.sleep(7)

    def delete(self, log, prefix, count):
        before = log.writes()
        began = time.monotonic()
        for name in self.namespaces:
            self.place.kubectl("delete", "--raw", POLICIES.replace("/policies", f"/namespaces/{name}/policies"))
        self.gone(POLICIES, 300)
        self.row(f"{count:,} policies deleted: the last one gone after", f"{time.monotonic() - began:.1f} s")
        counts = log.writes() - before
        each = sum(counts[("policies", name)] for name in self.names(prefix, count)) / count
        self.row("writes a policy that is deleted", f"{each:.2f}", "1", each <= 1)

    def resident(self, some, fewer):
        """The first policies also cost what is set up once, so that what one costs is told by the others."""
        now, most = self.memory(), self.memory("VmHWM")
        each = (now - fewer) * 1024 / (self.policies - some)
        expected, good = ("at most 60 MiB", now <= 60) if self.policies == 10_000 else ("", None)
        self.row(f"resident memory of the operator, {self.policies:,} policies of 1 KB", f"{now:.1f} MiB", expected, good)
        self.row(f"resident memory a policy, from {some:,} to {self.policies:,}", f"{each:.1f} KiB", "at most 3 KiB", each <= 3)
        self.row("the most that was resident", f"{most:.1f} MiB")

    def restart(self, log):
        """The operator is killed and started again, and everything is as it should be."""
        self.place.kill_operator()
        before = log.writes()
        served = bench_probe.Served(self.place)
        began = time.monotonic()
        self.start_operator(self.place.start_operator, "--resync-interval", f"{RESYNC}s")
        looked = lambda: bench_probe.passes(self.place.metrics, "Policy") >= self.policies
        playground.wait_until("every policy to be looked at", 300, looked)
        took = time.monotonic() - began
        calls, p99 = self.calls(), served.p99()
        pages = ENGINES * -(-self.policies // ENGINES // 100)
        expected, good = ("within 10 s", took <= 10) if self.policies == 10_000 else ("", None)
        self.row("after a crash: every policy looked at after", f"{took:.1f} s", expected, good)
        lists = calls["ListPolicies"] + calls["ListPolicyEngines"]
        self.row("after a crash: lists", str(lists), f"at most {pages + ENGINES}", lists <= pages + ENGINES)
        self.row("after a crash: backend calls that change something", str(writing(calls)), "none", writing(calls) == 0)
        self.row("after a crash: the API server's answers to writes: p99", f"within {p99 * 1000:.0f} ms", "within 1 s", p99 <= 1)
        self.settle()
        written = sum((log.writes() - before).values())
        self.row("after a crash: writes", str(written), "none", written == 0)
        self.row("after a crash: resident memory, and the most", f"{self.memory():.1f} MiB, {self.memory('VmHWM'):.1f} MiB")

    def quiet(self, log):
        """Nothing happens, for longer than it takes to look at every object."""
        writes, calls = log.writes(), self.calls()
        passes = bench_probe.passes(self.place.metrics, "Policy")
        seconds = RESYNC * 1.25
        time.sleep(seconds)
        written = sum((log.writes() - writes).values())
        made = self.calls() - calls
        passes = bench_probe.passes(self.place.metrics, "Policy") - passes
        where = f"{seconds:.0f} s of quiet with looks every {RESYNC} s"
        self.row(f"{where}: looks at a policy", f"{passes:,.0f}", f"at least {self.policies:,}", passes >= self.policies)
        self.row(f"{where}: writes", str(written), "none", written == 0)
        self.row(f"{where}: backend calls that change something", str(writing(made)), "none", writing(made) == 0)
        self.row(f"{where}: ListPolicies", str(made["ListPolicies"]))

    def drift(self):
        """Policies that somebody changes and deletes in AWS are put right."""
        calls = self.calls()
        (engine, *_), path = self.place.backend_list("/policy-engines", "policyEngines"), "/policy-engines/{}/policies"
        path = path.format(engine["policyEngineId"])
        changed, deleted = [one["policyId"] for one in self.place.backend_list(path, "policies")[:2]]
        began = time.monotonic()
        altered = json.dumps({"description": {"optionalValue": "altered"}}).encode()
        for method, which, body in (("PATCH", changed, altered), ("DELETE", deleted, None)):
            status, text = playground.http_call(method, f"{self.place.backend}{path}/{which}", body)
            if not 200 <= status < 300:
                raise Failure(f"{method} of a policy: {status} {text}")
        names = self.policies // ENGINES

        def right():
            now = self.place.backend_list(path + "?maxResults=100", "policies")
            plain = all(one["status"] == "ACTIVE" and not one.get("description") for one in now)
            return len(now) == names and plain

        playground.wait_until("what was changed in AWS to be put right", RESYNC * 5, right)
        took = time.monotonic() - began
        self.row(f"a policy changed in AWS, another deleted there: both put right after, with looks every {RESYNC} s",
                 f"{took:.0f} s", f"within {RESYNC} s", took <= RESYNC)
        made = writing(self.calls() - calls)
        self.row("backend calls for that that change something", str(made), "2", made <= 2)


class QuotaBench(Loaded):
    """A thousand policies on one engine, under AWS's quotas and rates."""

    def __init__(self, place, policies):
        super().__init__(place)
        self.policies = min(policies // 10, 1000)

    def run(self):
        self.start("--switch", "limits.enforce-rates=on")
        self.start_operator(self.place.start_aws_operator)
        self.engines(["default"])
        log = bench_probe.Audit(self.place)
        writes, events, calls = log.writes(), log.events(), self.calls()
        names = [f"q{number:03}" for number in range(self.policies)]
        manifests = [policy("default", name, 1) for name in names]
        longest = self.policies / 5
        told = {}
        sending = threading.Thread(target=lambda: told.update(self.send("ready", 4 * longest + 60, manifests)))
        sending.start()
        meanwhile = self.meanwhile(names)
        sending.join()
        if not told:
            raise Failure("not all policies were Ready in time")
        made, codes = self.calls() - calls, bench_probe.calls(self.place.metrics, "code")
        took, bound = told["seconds"], longest * 1.05 + 5
        self.row(f"{self.policies:,} policies: the last one Ready after", f"{took:.1f} s", f"within {bound:.0f} s: 5 creates a second, and a look", took <= bound)
        ready = told["ready"]
        self.row("from created to Ready: p50, p99, last", f"{ready['p50']:.1f} s, {ready['p99']:.1f} s, {ready['last']:.1f} s")
        self.row("a policy deleted while others wait to be created: gone after", f"{meanwhile:.1f} s", "within 15 s", meanwhile <= 15)
        self.writes_of(log, writes, names[1:], 3, events)
        self.row("backend calls: GetPolicy", str(made["GetPolicy"]), "never", made["GetPolicy"] == 0)
        self.row("backend calls: CreatePolicy", str(made["CreatePolicy"]))
        lists = made["ListPolicies"]
        self.row("backend calls: ListPolicies", f"{lists}, {lists / took:.1f}/s", "at most 5/s", lists / took <= 5.1)
        throttled = codes["ThrottlingException"] / max(1, sum(codes.values()))
        self.row("backend calls that were throttled", f"{throttled:.2%}", "at most 0.5 %", throttled <= 0.005)

    def meanwhile(self, names):
        """How long one that is Ready takes to be gone while others wait."""
        name = names[0]
        playground.wait_until("the first policy to be there", 60, lambda: self.place.try_kubectl("get", "policies.agentcore.dev", name).returncode == 0)
        self.place.kubectl("wait", "--for=condition=Ready", "--timeout=600s", f"policies.agentcore.dev/{name}")
        began = time.monotonic()
        self.place.kubectl("delete", "--timeout=600s", f"policies.agentcore.dev/{name}")
        return time.monotonic() - began
