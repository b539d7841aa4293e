"""A PostgreSQL server for tests: on loopback, in a folder of its own, gone with whoever started it.

    server.py find    prints where the programs are; fetches them when the machine has none
    server.py run     runs a server until standard input closes

`run` prints `ready` and then reads names from standard input, one a line; for each it makes an empty database and
prints its URL. The user may do anything, and needs the password that is in the URL. The server speaks TLS; its
certificate is in the file that `ready` names. Nothing is flushed to disk: the server may forget what it holds when
the machine fails, not when its clients do.
"""

import ctypes
import os
import pathlib
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import programs
from programs import Failure

USER = "agentcore"
# Seconds in which a server is up.
START = 60
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    "shared_buffers": "32MB",
    "ssl": "on",
    "ssl_cert_file": "server.crt",
    "ssl_key_file": "server.key",
}
CERTIFICATE = """
[req]
distinguished_name = name
x509_extensions = server
prompt = no
[name]
CN = localhost
[server]
basicConstraints = critical, CA:FALSE
subjectAltName = IP:127.0.0.1, DNS:localhost
"""


class Server:
    """One server and its folder."""

    def __init__(self):
        self.programs = programs.find()
        self.environment = programs.environment(self.programs)
        # The server refuses to run as root.
        self.account = unprivileged() if os.geteuid() == 0 else None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="agentcore-postgres-"))
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.password = secrets.token_urlsafe(12)
        self.port = None
        self.process = None

    def start(self):
        self.own(self.folder)
        self.write("password", self.password)
        self.call(
            "initdb", "--pgdata", self.data, "--username", USER, "--pwfile", self.folder / "password", "--no-sync",
            "--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8",
        )
        self.certify()
        for _ in range(5):
            self.port = free_port()
            if self.comes_up():
                return
        raise Failure(f"PostgreSQL did not start: {self.log.read_text(errors='replace').strip()}")

    def comes_up(self):
        """Whether the server takes the port, and connections."""
        settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.data, "-p", str(self.port), "-h", "127.0.0.1",
                 "-k", self.folder, *settings],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=self.die_with_parent,
                **self.as_account(),
            )
        deadline = time.monotonic() + START
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False
            if " ready to accept connections" in self.log.read_text(errors="replace"):
                return True
            time.sleep(0.02)
        self.stop()
        raise Failure(f"PostgreSQL was not ready within {START} s")

    def database(self, name):
        """Makes an empty database; gives its URL."""
        self.call("createdb", "--host", self.folder, "--port", str(self.port), "--username", USER, name)
        return f"postgres://{USER}:{self.password}@127.0.0.1:{self.port}/{name}"

    def stop(self):
        if self.process and self.process.poll() is None:
            # At once: whoever is still connected is cut off.
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def certify(self):
        """A certificate that its own holder signed."""
        self.write("openssl.conf", CERTIFICATE)
        if not shutil.which("openssl"):
            raise Failure("the tests need the program openssl for the server's certificate; install openssl")
        programs.said(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-config", str(self.folder / "openssl.conf"),
            "-keyout", str(self.data / "server.key"), "-out", str(self.data / "server.crt"),
        )
        for name in ("server.key", "server.crt"):
            (self.data / name).chmod(0o600)
            self.own(self.data / name)
        shutil.copy(self.data / "server.crt", self.folder / "server.crt")

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        self.own(path)

    def own(self, path):
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def as_account(self):
        if not self.account:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def call(self, program, *arguments):
        ran = subprocess.run(
            [self.programs / program, *arguments], env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **self.as_account(),
        )
        if ran.returncode != 0:
            raise Failure(f"{program} failed: {ran.stdout.strip()}")

    @staticmethod
    def die_with_parent():
        """For the case that this process is killed: Linux then ends the server (PR_SET_PDEATHSIG)."""
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


def unprivileged():
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            pass
    raise Failure("PostgreSQL does not run as root, and there is no user `postgres` nor `nobody` to run it as")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run():
    # A Ctrl-C goes to the whole group; the end is the end of standard input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = Server()
    try:
        server.start()
        print("ready", server.folder / "server.crt", flush=True)
        for line in sys.stdin:
            print(server.database(line.strip()), flush=True)
    finally:
        server.remove()


def main():
    try:
        match sys.argv[1:]:
            case ["find"]:
                print(programs.find())
            case ["run"]:
                run()
            case _:
                sys.exit(__doc__)
    except Failure as failure:
        sys.exit(f"tests/postgres: {failure}")


if __name__ == "__main__":
    main()
