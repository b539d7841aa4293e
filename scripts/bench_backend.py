"""The benchmark of the local backend: requests a second, and how long an answer takes, on loopback.

The load is sent by `backend-load` (scripts/load.rs) over connections that are kept. Every write is on disk before it is
answered. A route that does nothing, in a program of its own and with as many threads, is measured in the same run: the
ratios to it say more about the backend than the times, which belong to the machine.
"""

import json
import pathlib
import re
import subprocess

import playground
from bench_alone import Alone
from playground import Failure

# Policies that are there when requests are measured; the quota is 1,000 an engine (service.md 13).
LEVELS = (10, 1_000, 10_000)
QUOTA = 1_000
# Policies that are created at each level to measure that, and deleted again.
CREATED = 1_000
# Connections: few for reads, so that times are those of an answer and not of a queue; many for creates, because those that
# wait together share a flush to disk.
LISTING, READING, CREATING = 1, 4, 64
# Seconds of reading.
READ_TIME = 4
# Narrow, and without findings, whatever else is there.
STATEMENT = (
    'permit(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway) '
    'when { principal.hasTag("role") && principal.getTag("role") == "%s" };'
)


class BackendBench(Alone):
    def __init__(self, program, folder):
        super().__init__(program, folder)
        self.load = self.program.with_name("backend-load")
        self.rows = []
        self.as_expected = True
        self.named = 0
        # Engines and how many policies they hold, without those that are made to measure that.
        self.filled = {}
        # What the route that does nothing gave, by connections.
        self.nothing = {}

    def run(self):
        try:
            idle = self.start([self.load, "idle"], "listening on ")
            nothing = {
                connections: self.send([["GET", "/", ""]], connections, READ_TIME, idle)
                for connections in (LISTING, READING, CREATING)
            }
            for connections, measured in nothing.items():
                self.row(f"a route that does nothing, connections: {connections}", measured)
            self.nothing = nothing
            url = self.start(
                [self.program, "backend", "--listen", "127.0.0.1:0", "--data-dir", self.folder / "data",
                 "--transition-delay", "0ms", "--log-level", "warn"],
                "listening on http://",
            )
            self.address = url
            before = self.resident()
            for level in LEVELS:
                self.level(level)
            self.memory("resident memory, empty", before, None)
            self.memory(f"resident memory, {LEVELS[-1]:,} policies", self.resident(), 80)
        finally:
            self.stop()

    # What is measured.

    def level(self, policies):
        """Measures with so many policies there."""
        self.fill(policies)
        rooms = f"{policies:,} policies"
        self.create(rooms)
        paths = self.paths()
        measured = self.send([["GET", path, ""] for path in paths], READING, READ_TIME)
        self.row(f"GetPolicy, {rooms}", measured, "5,000/s, p50 under 1 ms",
                 measured["rate"] >= 5_000 and measured["p50_ms"] < 1)
        lists = [["GET", f"{engine}/policies?maxResults=100", ""] for engine in self.filled]
        measured = self.send(lists, LISTING, READ_TIME)
        self.row(f"ListPolicies(100), {rooms}", measured, "p50 under 3 ms", measured["p50_ms"] < 3)

    def create(self, rooms):
        engine = self.engine()
        measured = self.send(self.creates(engine, CREATED), CREATING, 0, accepted={"202"})
        self.row(f"CreatePolicy, {rooms}", measured, "1,000/s", measured["rate"] >= 1_000)
        self.settled(engine)
        self.send([["DELETE", path, ""] for path in self.policies(engine)], CREATING, 0, accepted={"202"})
        self.gone(engine)

    def fill(self, policies):
        """Creates policies until there are so many, in as few engines as the quota allows."""
        missing = policies - sum(self.filled.values())
        while missing > 0:
            engine = next((engine for engine, count in self.filled.items() if count < QUOTA), None) or self.engine()
            count = min(missing, QUOTA - self.filled.get(engine, 0))
            self.send(self.creates(engine, count), CREATING, 0, accepted={"202"})
            self.filled[engine] = self.filled.get(engine, 0) + count
            missing -= count
        for engine in self.filled:
            self.settled(engine)

    # The backend.

    def creates(self, engine, count):
        self.named += count
        names = [f"policy_{number}" for number in range(self.named - count, self.named)]
        return [
            ["POST", f"{engine}/policies",
             json.dumps({"name": name, "definition": {"cedar": {"statement": STATEMENT % name}},
                         "validationMode": "IGNORE_ALL_FINDINGS", "clientToken": f"{name:a>40}".replace("_", "-")})]
            for name in names
        ]

    def policies(self, engine):
        return [f"{engine}/policies/{policy['policyId']}" for policy in self.summaries(engine)]

    def paths(self):
        return [path for engine in self.filled for path in self.policies(engine)]

    def gone(self, engine):
        playground.wait_until("all policies to be gone", 120, lambda: not list(self.summaries(engine)))

    def resident(self):
        """Resident memory of the backend in MiB."""
        text = pathlib.Path(f"/proc/{self.children[-1].pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) / 1024

    # Load and children.

    def send(self, requests, connections, seconds, address=None, accepted=frozenset({"200"})):
        lines = "\n".join(json.dumps(request) for request in requests)
        ran = subprocess.run(
            [self.load, "send", address or self.address, str(connections), str(seconds)],
            input=lines, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300,
        )
        if ran.returncode != 0:
            raise Failure(f"the load could not be sent: {ran.stderr.strip()}")
        told = json.loads(ran.stdout)
        if not set(told["statuses"]) <= accepted:
            raise Failure(f"{requests[0][:2]} and the like were answered with {told['statuses']}")
        return told | {"rate": told["requests"] / told["seconds"], "connections": connections}

    # Rows.

    def row(self, what, measured, expected="", good=True):
        nothing = self.nothing.get(measured["connections"])
        ratio = f"{nothing['rate'] / measured['rate']:.1f}" if nothing else ""
        cells = (f"{measured['rate']:,.0f}", f"{measured['p50_ms']:.2f}", f"{measured['p99_ms']:.2f}", ratio)
        self.add(what, cells, expected, good)

    def memory(self, what, mib, most):
        self.add(what, (f"{mib:.1f} MiB", "", "", ""), f"under {most} MiB" if most else "", most is None or mib < most)

    def add(self, what, cells, expected, good):
        self.rows.append((what, *cells, expected))
        self.as_expected &= good
        print(f"  {what:<52} {' '.join(f'{cell:>10}' for cell in cells)}  {expected}{'' if good else '  NOT AS EXPECTED'}")
