"""A private API server and an operator with its local backend, for the demo and the benchmark.

Everything is on loopback, and all state is in one folder. Nothing that is started here outlives this
process, however it ends, unless `keep` is asked for.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Everything is on loopback, whatever the proxy variables say.
DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Failure(Exception):
    """What went wrong, in words for the person who runs this."""


def stop_on_signals():
    """Turns signals that end a process into SystemExit, so that `finally` cleans up."""

    def stop(number, _frame):
        # Once is enough; a second Ctrl-C must not interrupt the cleaning up.
        for again in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(again, signal.SIG_IGN)
        raise SystemExit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def wait_until(what, seconds, condition):
    """Polls until `condition` returns something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"waited {seconds} s for {what}, in vain")
        time.sleep(0.05)


def http_get(url):
    """Status and text of a GET; status 0 if nobody answers."""
    return http_call("GET", url)


def http_call(method, url, body=None):
    """Status and text of a request; status 0 if nobody answers."""
    try:
        with DIRECTLY.open(urllib.request.Request(url, data=body, method=method), timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


class Playground:
    """The cluster and the operator of one run."""

    def __init__(self, folder, program, controlplane, keep=False):
        self.folder = pathlib.Path(folder).resolve()
        self.program = str(pathlib.Path(program).resolve())
        self.controlplane = str(pathlib.Path(controlplane).resolve())
        self.keep = keep
        self.cluster = None
        self.operator = None
        self.alone = None
        self.watchdogs = {}
        self.kubeconfig = None
        self.backend = None
        self.metrics = None
        path = self._controlplane("path", "kubectl")
        self.kubectl_program = path.strip()

    def _controlplane(self, *args):
        ran = subprocess.run([self.controlplane, *args], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if ran.returncode != 0:
            raise Failure(ran.stderr.strip())
        return ran.stdout

    # The cluster.

    def start_cluster(self, *flags):
        """Starts the API server and returns its version."""
        self.folder.mkdir(parents=True, exist_ok=True)
        cluster = str(self.folder / "cluster")
        if self.keep:
            line = self._controlplane("start", cluster, *flags)
        else:
            # The control plane ends when this pipe closes, so even SIGKILL leaves nothing behind.
            self.cluster = subprocess.Popen(
                [self.controlplane, "run", cluster, "--until-stdin-closes", *flags],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
            )
            line = self.cluster.stdout.readline()
        if not line.startswith("KUBECONFIG="):
            raise Failure("the API server did not start")
        self.kubeconfig = line.strip().removeprefix("KUBECONFIG=")
        return json.loads(self.kubectl("version", "-o", "json"))["serverVersion"]["gitVersion"]

    def install_crds(self):
        crds = str(ROOT / "crds")
        self.kubectl("apply", "--server-side", "-f", crds)
        self.kubectl("wait", "--for=condition=Established", "--timeout=30s", "-f", crds)

    def environment(self):
        """The environment of kubectl: nothing of the user's own settings and caches is read or written."""
        return {
            **os.environ,
            "KUBECONFIG": self.kubeconfig,
            "KUBECACHEDIR": str(self.folder / "kubectl-cache"),
            "KUBERC": "off",
        }

    def try_kubectl(self, *args, stdin=None):
        return subprocess.run(
            [self.kubectl_program, *args], env=self.environment(), input=stdin, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )

    def kubectl(self, *args, stdin=None):
        ran = self.try_kubectl(*args, stdin=stdin)
        if ran.returncode != 0:
            raise Failure(f"kubectl {' '.join(args)}: {ran.stderr.strip()}")
        return ran.stdout

    def get(self, *args):
        return json.loads(self.kubectl("get", "-o", "json", *args))

    # The operator.

    def start_operator(self, *args):
        """Starts the operator with its local backend, or the one that is started already, and waits until it is ready."""
        backend = ["--backend", "local", "--data-dir", str(self.folder / "backend")]
        self._start_operator(backend if self.alone is None else ["--backend", "local", "--endpoint-url", self.backend], args)
        if self.alone is None:
            self.backend = self._while_it_runs("the backend's address", 10, lambda: self._listening("operator"))

    def start_aws_operator(self, *args):
        """Starts the operator as for AWS, with the backend that is started already in AWS's place."""
        self._start_operator(["--backend", "aws", "--region", "us-east-1", "--endpoint-url", self.backend], args)

    def _start_operator(self, backend, args):
        self.operator = self._start(
            "operator", "run", *backend, "--kubeconfig", self.kubeconfig, "--metrics-listen", "127.0.0.1:0", *args
        )
        (self.folder / "operator.pid").write_text(str(self.operator.pid))
        self.metrics = self._while_it_runs("the address of its metrics", 30, self._metrics)
        self._while_it_runs("the operator to be ready", 60, lambda: http_get(self.metrics + "/readyz")[0] == 200)

    def run(self, *command):
        """What the program prints, run to its end."""
        ran = subprocess.run([self.program, *command], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if ran.returncode != 0:
            raise Failure(f"{command[0]}: {ran.stderr.strip()}")
        return ran.stdout

    def kill_operator(self):
        """Ends the operator as a crash does."""
        self.operator.kill()
        self._ended(self.operator)

    def _ended(self, process):
        process.wait()
        if process in self.watchdogs:
            # Before its process id can be somebody else's.
            watchdog = self.watchdogs.pop(process)
            watchdog.kill()
            watchdog.wait()

    def start_backend(self, *args):
        """Starts a local backend in a process of its own, for the operators that are started later."""
        self.alone = self._start(
            "backend", "backend", "--listen", "127.0.0.1:0", "--data-dir", str(self.folder / "backend"), *args
        )
        self.backend = wait_until("the backend's address", 30, lambda: self._listening("backend"))

    def _start(self, name, *command):
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}
        with open(self.folder / f"{name}.stdout", "w") as stdout, open(self.folder / f"{name}.log", "w") as stderr:
            process = subprocess.Popen(
                [self.program, *command],
                stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, start_new_session=True, env=environment,
            )
        if not self.keep:
            # A shell that kills it when this process ends, even by SIGKILL.
            self.watchdogs[process] = subprocess.Popen(
                ["sh", "-c", 'read -r _; kill -KILL "$1"', "sh", str(process.pid)],
                stdin=subprocess.PIPE, start_new_session=True,
            )
        return process

    def _listening(self, name):
        for line in (self.folder / f"{name}.stdout").read_text().splitlines():
            if "listening on http://" in line:
                return line.split()[-1]
        return None

    def _metrics(self):
        """Where the log says that metrics and probes are served: a port that the operator took itself."""
        for line in (self.folder / "operator.log").read_text().splitlines():
            if '"msg":"metrics and probes are served' in line:
                return f"http://{json.loads(line)['address']}"
        return None

    def _while_it_runs(self, what, seconds, condition):
        def look():
            if self.operator.poll() is not None:
                log = (self.folder / "operator.log").read_text().strip()
                raise Failure(f"the operator ended with exit code {self.operator.returncode}:\n{log[-2000:]}")
            return condition()

        return wait_until(what, seconds, look)

    def backend_list(self, path, member):
        """All items of a paged listing of the backend."""
        items, token = [], ""
        while True:
            mark = "&" if "?" in path else "?"
            query = f"{mark}nextToken={urllib.request.quote(token)}" if token else ""
            status, text = http_get(self.backend + path + query)
            if status != 200:
                raise Failure(f"the backend answers {path} with {status}: {text}")
            page = json.loads(text)
            items += page.get(member, [])
            token = page.get("nextToken") or ""
            if not token:
                return items

    # The end.

    def stop(self):
        """Stops everything and removes the folder."""
        for process in (self.operator, self.alone):
            if process is not None:
                process.terminate()
                try:
                    process.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    process.kill()
                self._ended(process)
        if self.cluster is not None:
            self.cluster.stdin.close()
            self.cluster.wait()
        down(self.folder, self.controlplane)


def down(folder, controlplane):
    """Stops what an earlier run was asked to keep, and removes its folder."""
    folder = pathlib.Path(folder).resolve()
    if not folder.exists():
        return
    try:
        pid = int((folder / "operator.pid").read_text())
        if str(folder) in command_line(pid):
            os.kill(pid, signal.SIGTERM)
            wait_until("the operator to end", 10, lambda: str(folder) not in command_line(pid))
    except (FileNotFoundError, ValueError, ProcessLookupError):
        pass
    subprocess.run([controlplane, "stop", str(folder / "cluster")], check=True)
    shutil.rmtree(folder, ignore_errors=True)


def command_line(pid):
    """The command line of a process; empty if it has ended. Tells an operator from whoever has its id now."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        pass
    if pathlib.Path("/proc/self").exists():
        return ""
    return subprocess.run(["ps", "-o", "command=", "-p", str(pid)], text=True, stdout=subprocess.PIPE).stdout
