"""The databases that the backends under test can stand on."""

import pathlib
import subprocess
import sys

import pytest

SERVER = pathlib.Path(__file__).parents[1] / "postgres/server.py"


class Sqlite:
    """Each backend has a data directory."""

    def settings(self, _data_dir):
        return {}

    def stop(self):
        pass


class Postgres:
    """Each data directory stands for a database of one real server, which ends with this process."""

    def __init__(self):
        self.urls = {}
        self.server = subprocess.Popen(
            [sys.executable, str(SERVER), "run"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        if not self.server.stdout.readline().startswith("ready "):
            pytest.exit("there is no PostgreSQL server for the tests; the reason is above", 2)

    def settings(self, data_dir):
        """Variables that lead a backend to its database."""
        if data_dir not in self.urls:
            print(f"sdk_{len(self.urls)}", file=self.server.stdin, flush=True)
            self.urls[data_dir] = self.server.stdout.readline().strip()
        return {"AGENTCORE_OPERATOR_DATABASE_URL": self.urls[data_dir]}

    def stop(self):
        self.server.stdin.close()
        self.server.wait()
        self.server.stdout.close()


STORES = {"sqlite": Sqlite, "postgres": Postgres}
