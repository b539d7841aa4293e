"""A running backend, and the clients that judge it."""

import contextlib
import json
import os
import pathlib
import queue
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid

import boto3
import botocore.config
import pytest

from conformance import documents, mcp_server
from conformance.report import Report
from stores import STORES

REPOSITORY = pathlib.Path(__file__).parents[2]
BINARY = os.environ.get("AGENTCORE_OPERATOR_PROGRAM", str(REPOSITORY / "target/debug/agentcore-policy-operator"))
REGION = "us-east-1"
ACCOUNT = "123456789012"
CREDENTIALS = {"aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "example"}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/gateway"
# Seconds in which a backend says where it listens.
START = 30
# Seconds in which what was begun has ended, and how often it is looked at.
END, LOOK = 30, 0.02

# Narrow enough that nothing is found against it, whatever else is in its engine (service.md 6.6).
PERMIT = (
    "permit(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway) "
    'when { principal.hasTag("role") };'
)
OTHER_PERMIT = PERMIT.replace("role", "department")


def clean_environment():
    """The environment without anything that would point a client, or the backend, elsewhere."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "AGENTCORE_OPERATOR_", "SSL_CERT_")) and "proxy" not in name.lower()
    }
    return kept | {
        "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "NO_PROXY": "*",
        # Signs nothing that is called here. The hundreds of a machine cost a debug build a tenth of a second at each start.
        "SSL_CERT_FILE": str(REPOSITORY / "tests/nobody.pem"),
    }


class Backend:
    """One backend process over a data directory, or the database that stands for it, that outlives it."""

    def __init__(self, data_dir, store, recorder, *flags):
        self.data_dir = data_dir
        self.store = store
        self.recorder = recorder
        self.flags = flags
        # Whether errors may come from a fault script.
        self.scripted = "--fault-script" in flags
        self.process = None
        self.start()

    def start(self):
        arguments = ["backend", "--listen", "127.0.0.1:0", "--data-dir", str(self.data_dir)]
        arguments += ["--region", REGION, "--account-id", ACCOUNT, *self.flags]
        if not os.access(BINARY, os.X_OK):
            pytest.exit(f"no program at {BINARY}: build it, or say where it is in AGENTCORE_OPERATOR_PROGRAM", 2)
        log = pathlib.Path(f"{self.data_dir}.log")
        with log.open("ab") as stderr:
            environment = clean_environment() | self.store.settings(self.data_dir)
            self.process = subprocess.Popen(
                [BINARY, *arguments], stdout=subprocess.PIPE, stderr=stderr, text=True, env=environment
            )
        self.url = self.announced("listening on ", log)
        self.gateways = self.announced("gateways on ", log)
        self.admin_url = self.announced("admin on ", log) if "--admin-listen" in self.flags else None

    def announced(self, before, log):
        """The URL on the next line of standard output, which begins so."""
        next_line = queue.Queue()
        threading.Thread(target=lambda: next_line.put(self.process.stdout.readline()), daemon=True).start()
        try:
            line = next_line.get(timeout=START)
        except queue.Empty:
            line = ""
        if not line.startswith(f"{before}http://"):
            self.stop()
            pytest.fail(f"the next line is {line!r}, not {before!r} and a URL; it said:\n{log.read_text()}")
        return line.removeprefix(before).strip()

    def kill(self):
        """Ends the process as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        """Asks the process to end; gives its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self.process.wait()
            self.process.stdout.close()

    def client(self, service="bedrock-agentcore-control", **config):
        # One attempt: what the backend answers is what a test sees.
        config = botocore.config.Config(
            retries={"total_max_attempts": 1}, proxies={}, connect_timeout=10, read_timeout=30, **config
        )
        client = boto3.client(service, endpoint_url=self.url, region_name=REGION, config=config, **CREDENTIALS)
        return self.recorder.listen(client, lambda: self.scripted)

    def admin(self, method, path, body=None):
        """Asks the admin listener; gives status and JSON."""
        if path == "/script":
            self.scripted = method == "PUT"
        data = body.encode() if isinstance(body, str) else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.admin_url + path, data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def aws(self, *arguments, service="bedrock-agentcore-control"):
        """Runs the AWS CLI as it is, pointed here by nothing but the environment; gives the finished process."""
        program = pathlib.Path(sys.executable).with_name("aws")
        command = [sys.executable, str(program), service, *arguments]
        environment = clean_environment() | {"AWS_ENDPOINT_URL": self.url, "AWS_DEFAULT_REGION": REGION}
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)

    def aws_json(self, *arguments, **options):
        done = self.aws(*arguments, **options)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None


REPORT = Report(pathlib.Path(__file__).parent)


def pytest_addoption(parser):
    parser.addoption("--store", choices=STORES, default="sqlite", help="what the backends keep their data in")


def pytest_configure(config):
    config.pluginmanager.register(REPORT, "conformance")


@pytest.fixture(scope="session")
def report():
    return REPORT


@pytest.fixture(scope="session", autouse=True)
def no_ambient_configuration():
    cleaned = clean_environment()
    os.environ.clear()
    os.environ.update(cleaned)


@pytest.fixture(scope="session")
def store(request):
    store = STORES[request.config.getoption("--store")]()
    yield store
    store.stop()


@contextlib.contextmanager
def starting(tmp_path_factory, store, report):
    """Gives what starts backends; ends all of them whatever happens."""
    started = []

    def start(*flags):
        started.append(Backend(tmp_path_factory.mktemp("backend") / "data", store, report.recorder, *flags))
        return started[-1]

    try:
        yield start
    finally:
        for backend in started:
            if backend.process.poll() is None:
                backend.stop()


@pytest.fixture(scope="module")
def backends(tmp_path_factory, store, report):
    """Starts backends that end with their module: each looks for work and holds sessions of the database meanwhile."""
    with starting(tmp_path_factory, store, report) as start:
        yield start


@pytest.fixture(scope="session")
def lasting_backends(tmp_path_factory, store, report):
    """Starts backends for all modules."""
    with starting(tmp_path_factory, store, report) as start:
        yield start


@pytest.fixture(scope="module")
def function(tmp_path_factory):
    """The program behind the tool of a module's gateways."""
    # It stands on this file.
    from calling import Function

    return Function(tmp_path_factory.mktemp("function"))


@pytest.fixture(scope="module")
def calling(backends, function):
    """A backend whose gateways call it."""
    return backends(*function.flags)


@pytest.fixture(scope="session")
def backend(lasting_backends):
    return lasting_backends()


@pytest.fixture(scope="session")
def mcp():
    """An MCP server with one tool; its list can be changed."""
    with mcp_server.serving([documents.TOOL]) as server:
        yield server


@pytest.fixture(scope="session")
def with_schemas(lasting_backends, tmp_path_factory):
    """A backend with a folder for the bucket `schemas`, and with the export of the REST API `refunds`."""
    folder = documents.write(tmp_path_factory.mktemp("schemas"))
    return lasting_backends("--s3-bucket", f"schemas={folder}", "--rest-api", f"refunds={folder / 'openapi.json'}")


@pytest.fixture(scope="session")
def client(backend):
    return backend.client()


def fresh(prefix="n"):
    """A name that no other test uses."""
    return f"{prefix}_{uuid.uuid4().hex[:20]}"


def wait(client, waiter, **ids):
    """The SDK's own waiter with its own acceptors; only the pause between two looks is shorter."""
    client.get_waiter(waiter).wait(**ids, WaiterConfig={"Delay": 0.02, "MaxAttempts": 1500})


def until(condition):
    """Looks until the condition holds; gives what it said."""
    begin = time.monotonic()
    while not (found := condition()):
        assert time.monotonic() - begin < END, f"it did not come true within {END} s"
        time.sleep(LOOK)
    return found


def settled(get, **ids):
    """What Get answers as soon as the status is none that passes; gateways and targets have no waiters."""

    def look():
        answer = get(**ids)
        return None if answer["status"].endswith("ING") else answer

    return until(look)


def gone(client, get, **ids):
    """Waits until Get answers that there is nothing."""

    def look():
        try:
            get(**ids)
        except client.exceptions.ResourceNotFoundException:
            return True
        return False

    return until(look)


def fresh_name():
    """A name for a gateway or a target: hyphens, no underscores."""
    return fresh("n").replace("_", "-")


def make_gateway(client, **members):
    """A READY gateway's id; a member that is none is left out."""
    wanted = {"name": fresh_name(), "roleArn": ROLE, "authorizerType": "AWS_IAM", "protocolType": "MCP"} | members
    wanted = {name: value for name, value in wanted.items() if value is not None}
    gateway = client.create_gateway(**wanted)["gatewayId"]
    assert settled(client.get_gateway, gatewayIdentifier=gateway)["status"] == "READY"
    return gateway


def make_target(client, gateway, kind="lambda", name=None, **members):
    """A READY target's id."""
    wanted = {"name": name or fresh_name(), "targetConfiguration": documents.configuration(kind)} | members
    target = client.create_gateway_target(gatewayIdentifier=gateway, **wanted)["targetId"]
    seen = settled(client.get_gateway_target, gatewayIdentifier=gateway, targetId=target)
    assert seen["status"] == "READY", seen.get("statusReasons")
    return target


def make_engine(client, **members):
    """An ACTIVE engine's id."""
    engine = client.create_policy_engine(name=fresh("engine"), **members)["policyEngineId"]
    wait(client, "policy_engine_active", policyEngineId=engine)
    return engine


def make_policy(client, engine, statement=PERMIT, **members):
    """A policy's id, not waited for."""
    made = client.create_policy(
        policyEngineId=engine, name=fresh("policy"), definition={"cedar": {"statement": statement}}, **members
    )
    return made["policyId"]


@pytest.fixture(scope="module")
def engine(client):
    return make_engine(client)
