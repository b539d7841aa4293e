"""A local backend in a process of its own, asked over HTTP by the benchmarks."""

import json
import pathlib
import subprocess

import playground
from playground import Failure


class Alone:
    """A backend and other programs of one benchmark."""

    def __init__(self, program, folder):
        self.program = pathlib.Path(program).resolve()
        self.folder = pathlib.Path(folder)
        self.children = []
        self.engines = 0
        self.address = None

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        status, text = playground.http_call(method, f"http://{self.address}{path}", data)
        if not 200 <= status < 300:
            raise Failure(f"{method} {path}: {status} {text}")
        return json.loads(text)

    def engine(self):
        """Path of a new engine that is ACTIVE."""
        self.engines += 1
        made = self.ask("POST", "/policy-engines", {"name": f"engine_{self.engines}"})
        path = f"/policy-engines/{made['policyEngineId']}"
        playground.wait_until("an ACTIVE engine", 30, lambda: self.ask("GET", path)["status"] == "ACTIVE")
        return path

    def summaries(self, engine):
        token = ""
        while True:
            page = self.ask("GET", f"{engine}/policy-summaries?maxResults=100{token}")
            yield from page["policies"]
            if "nextToken" not in page:
                return
            token = f"&nextToken={page['nextToken']}"

    def settled(self, engine):
        """Waits until every policy is ACTIVE; one that failed would make the rest worthless."""

        def all_active():
            statuses = {policy["status"] for policy in self.summaries(engine)}
            if any(status.endswith("FAILED") for status in statuses):
                raise Failure(f"policies of the benchmark have the statuses {sorted(statuses)}")
            return statuses <= {"ACTIVE"}

        playground.wait_until("all policies to be ACTIVE", 120, all_active)

    def start(self, command, prefix):
        """Starts a child and gives what its first line says after the prefix."""
        child = subprocess.Popen(
            [str(word) for word in command], stdout=subprocess.PIPE, text=True, env={"PATH": "/usr/bin:/bin"}
        )
        self.children.append(child)
        line = child.stdout.readline()
        if not line.startswith(prefix):
            raise Failure(f"{pathlib.Path(command[0]).name} did not start")
        return line.removeprefix(prefix).strip()

    def stop(self):
        for child in self.children:
            child.terminate()
        for child in self.children:
            child.wait()
