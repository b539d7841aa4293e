"""The benchmark of the gateway's authorizer: one decision, one change, and memory, among 10, 1,000 and 10,000 policies.

Measured by `authorize-load` (scripts/authorize/), in one process for each row's subject. Cedar's own authorizer over all
policies is asked the same requests in the same process, and gives the same answers before anything is timed: the ratios
to it say more than the times, which belong to the machine.
"""

import json
import pathlib
import subprocess

import bench_probe
from playground import Failure

LEVELS = (10, 1_000, 10_000)
# Microseconds of a decision at most, in the middle and of one in a hundred, and how often Cedar over all takes it, by policies.
WITHIN = {10: (4, 10, None), 1_000: (10, 25, 60), 10_000: (20, 60, 500)}
# How much longer a decision may take among 10,000 policies than among 10.
GROWTH = 3
# Seconds of one round.
ROUND = 2
# Milliseconds of a change, and KiB a policy.
CHANGE, MEMORY = 5, 10


class AuthorizeBench(bench_probe.Table):
    def __init__(self, program):
        super().__init__()
        self.load = pathlib.Path(program).resolve().with_name("authorize-load")

    def run(self):
        levels = {policies: self.measured("speed", policies, ROUND) for policies in LEVELS}
        for policies, told in levels.items():
            self.level(policies, told)
        growth = levels[LEVELS[-1]]["index_p50"] / levels[LEVELS[0]]["index_p50"]
        self.row("a decision, from 10 to 10,000 policies: p50 grows by", f"{growth:.1f}x", f"at most {GROWTH}x", growth <= GROWTH)
        self.changes(self.measured("update", LEVELS[-1]))
        for what, name in (("index", "an authorizer"), ("cedar", "a set of Cedar's")):
            told = self.measured("memory", LEVELS[-1], what)
            kib = told["kib"] / LEVELS[-1]
            self.row(f"resident memory a policy, 10,000 of {told['text_bytes'] / LEVELS[-1]:.0f} bytes, {name}", f"{kib:.1f} KiB",
                     f"at most {MEMORY} KiB" if what == "index" else "", kib <= MEMORY if what == "index" else None)

    def level(self, policies, told):
        middle, hundredth, least = WITHIN[policies]
        where = f"{policies:,} policies"
        self.row(f"a decision, {where}: p50, p99", f"{told['index_p50']:.1f} µs, {told['index_p99']:.1f} µs",
                 f"within {middle} µs, {hundredth} µs", told["index_p50"] <= middle and told["index_p99"] <= hundredth)
        self.row(f"Cedar over all, {where}: p50, p99", f"{told['linear_p50']:,.1f} µs, {told['linear_p99']:,.1f} µs")
        ratio = told["linear_p50"] / told["index_p50"]
        self.row(f"Cedar over all by the index, {where}", f"{ratio:,.1f}x", f"at least {least}x" if least else "",
                 ratio >= least if least else None)
        self.row(f"making the request, {where}: p50, p99", f"{told['request_p50']:.1f} µs, {told['request_p99']:.1f} µs")
        self.row(f"loading {where}", f"{told['load_s']:.2f} s")

    def changes(self, told):
        where = f"{told['policies']:,} policies, among decisions"
        for which, name in (("one", "a change of one policy"), ("pair", "a change of two at once")):
            p99 = told[f"{which}_p99"] / 1000
            self.row(f"{name}, {where}: p50, p99, longest",
                     ", ".join(f"{told[f'{which}_{what}'] / 1000:.2f} ms" for what in ("p50", "p99", "most")),
                     f"p99 within {CHANGE} ms", p99 <= CHANGE)
        self.row("decisions meanwhile, none of a mixed or an earlier set", f"{told['decisions']:,}")

    def measured(self, *words):
        print(f"  authorize-load {' '.join(map(str, words))}", flush=True)
        ran = subprocess.run([self.load, *map(str, words)], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600)
        if ran.returncode != 0:
            raise Failure(f"authorize-load {words[0]}: {ran.stderr.strip()}")
        return json.loads(ran.stdout)
