"""What the benchmarks read: rows of a table, the memory of a process, metrics and the audit log."""

import collections
import json
import os
import pathlib
import re
import subprocess
import threading
import time

import playground

# The operator's own, so that its writes can be told from ours.
ACCOUNT = "bench-operator"
MUTATING = ("create", "update", "patch", "delete", "deletecollection")


class Table:
    """What was measured, beside what is expected."""

    def __init__(self):
        self.rows = []
        self.as_expected = True

    def row(self, what, measured, expected="", judged=None):
        verdict = "" if judged is None else ("  as expected" if judged else "  NOT AS EXPECTED")
        self.rows.append((what, measured, f"{expected}: missed" if judged is False else expected))
        self.as_expected &= judged is not False
        print(f"  {what}: {measured}" + (f"  (expected: {expected})" if expected else "") + verdict, flush=True)


def account(place):
    """A kubeconfig of the operator's own."""
    place.kubectl("create", "serviceaccount", ACCOUNT)
    place.kubectl("create", "clusterrolebinding", ACCOUNT, "--clusterrole=cluster-admin", f"--serviceaccount=default:{ACCOUNT}")
    token = place.kubectl("create", "token", ACCOUNT, "--duration=2h").strip()
    text = pathlib.Path(place.kubeconfig).read_text()
    path = place.folder / "operator.kubeconfig"
    path.write_text(re.sub(r"token: .*", f"token: {token}", text))
    return str(path)


def memory(process, what="VmRSS"):
    """Resident memory of a process in MiB; with VmHWM the most that it ever was."""
    text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(what + r":\s+(\d+) kB", text)[1]) / 1024


def processor(process):
    """Seconds of processor time that a process has taken, in its own code and in the kernel."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def samples(url):
    """What a page of metrics says: (name, labels, value)."""
    _, text = playground.http_get(url + "/metrics")
    return list(parsed(text))


def parsed(text):
    for line in text.splitlines():
        found = re.match(r"(\w+)(?:\{(.*)\})? (\S+)", line)
        if found:
            yield found[1], dict(re.findall(r'(\w+)="([^"]*)"', found[2] or "")), float(found[3])


def calls(url, label="operation"):
    """The operator's calls of the backend by operation, or by code."""
    counts = collections.Counter()
    for name, labels, value in samples(url):
        if name == "agentcore_operator_backend_requests_total":
            counts[labels[label]] += int(value)
    return counts


def passes(url, controller):
    """Passes that have ended."""
    return sum(
        value for name, labels, value in samples(url)
        if name == "controller_runtime_reconcile_total" and labels["controller"] == controller
    )


class ReadyTimes:
    """When each object of a kind was first seen and when it was first Ready, by a watch."""

    def __init__(self, place, kind):
        columns = r'{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\n"}'
        self.seen, self.ready = {}, {}
        self.process = subprocess.Popen(
            [place.kubectl_program, "get", kind, "--watch", "-o", f"jsonpath={columns}"],
            env=place.environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            now = time.monotonic()
            name, _, ready = line.strip().partition(" ")
            self.seen.setdefault(name, now)
            if ready == "True":
                self.ready.setdefault(name, now)

    def stop(self):
        self.process.kill()
        self.process.wait()


class Audit:
    """The audit log, read further and further."""

    def __init__(self, place):
        self.log = open(place.folder / "cluster/audit.log")
        self.seen = collections.Counter()
        self.noted = collections.Counter()
        self.rest = ""

    def writes(self):
        """The operator's successful writes so far by object; its events are not among them."""
        self.read()
        return self.seen.copy()

    def events(self):
        """Its writes of Events so far, by the name of the object that they are about."""
        self.read()
        return self.noted.copy()

    def read(self):
        for line in self.log:
            # The last line may not be whole yet.
            line = self.rest + line
            self.rest = "" if line.endswith("\n") else line
            # Reads are most of the log, and reading JSON takes its time.
            if self.rest or f":{ACCOUNT}" not in line or '"verb":"get"' in line:
                continue
            event = json.loads(line)
            about = event.get("objectRef", {})
            good = event["verb"] in MUTATING and event.get("responseStatus", {}).get("code", 0) < 300
            if good and about.get("apiGroup") == "agentcore.dev":
                self.seen[(about["resource"], about.get("name", ""))] += 1
            elif good and about.get("resource") == "events":
                self.noted[about.get("name", "").rpartition(".")[0]] += 1


class Served:
    """How long the API server took for requests that change something, from one moment to another."""

    def __init__(self, place):
        self.place = place
        self.before = self.buckets()

    def buckets(self):
        counts = collections.Counter()
        for name, labels, value in parsed(self.place.kubectl("get", "--raw", "/metrics")):
            if name == "apiserver_request_duration_seconds_bucket" and labels["verb"] in ("POST", "PUT", "PATCH", "DELETE"):
                counts[float(labels["le"].replace("+Inf", "inf"))] += value
        return counts

    def p99(self):
        """The bound below which 99 of 100 were, in seconds."""
        counts = self.buckets()
        counts.subtract(self.before)
        return next((bound for bound in sorted(counts) if counts[bound] >= 0.99 * counts[float("inf")]), 0)
