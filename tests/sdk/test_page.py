"""docs/backend.md: what it tells a user to type is typed, in its order, against a backend of its own."""

import os
import pathlib
import re
import shlex
import subprocess
import sys
import time
import types

import botocore.waiter

from conftest import BINARY, LOOK, REPOSITORY, clean_environment

PAGE = REPOSITORY / "docs/backend.md"
PROGRAM = "agentcore-policy-operator"
ADDRESS = re.compile(r"127\.0\.0\.1:\d+")


def blocks():
    """The language and the text of each fenced block that is used, with the heading above it."""
    heading = ""
    lines = iter(PAGE.read_text().splitlines())
    for line in lines:
        if line.startswith("#"):
            heading = line.strip("# ")
        elif line in ("```sh", "```python", "```console"):
            body = []
            while (line_of_block := next(lines)) != "```":
                body.append(line_of_block)
            yield heading, line.removeprefix("```"), "\n".join(body) + "\n"


class Reader:
    """Somebody who types what the page says, in one folder; free ports stand for those of the page."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = clean_environment()
        for name in ("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            self.environment.pop(name)
        programs = [pathlib.Path(sys.executable).parent, pathlib.Path(BINARY).resolve().parent]
        self.environment["PATH"] = os.pathsep.join([*map(str, programs), self.environment["PATH"]])
        self.addresses = {}
        self.servers = []
        self.said = {}
        self.exported = ""

    def console(self, text):
        """Starts the backends that are started; what else is there needs a cluster or a database."""
        for line in text.replace("\\\n", " ").splitlines():
            if not line.startswith(f"$ {PROGRAM} backend ") or "--database-url" in line:
                continue
            assert ADDRESS.search(line), f"say where it listens: {line}"
            command = ADDRESS.sub("127.0.0.1:0", line.removeprefix("$ ")).split("#")[0]
            with (self.folder / f"server{len(self.servers)}.log").open("wb") as log:
                server = subprocess.Popen(
                    shlex.split(command), cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=log, text=True
                )
            self.servers.append(server)
            for address in ADDRESS.findall(line):
                said = server.stdout.readline()
                if said.startswith("gateways on"):
                    # The address that no flag of the page says.
                    said = server.stdout.readline()
                assert (found := ADDRESS.search(said)), f"{line}: {said!r}"
                self.addresses[address] = found[0]

    def sh(self, text):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.exported + text],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
        self.exported += "".join(line + "\n" for line in text.splitlines() if line.startswith("export "))

    def python(self, text):
        exec(compile(text, PAGE.name, "exec"), self.said)  # noqa: S102: the page's own text

    def reads(self, language, text):
        if language != "console":
            text = ADDRESS.sub(lambda address: self.addresses.get(address[0], address[0]), text)
        getattr(self, language)(text)

    def leaves(self):
        for server in self.servers:
            server.terminate()
            server.wait()
            server.stdout.close()


def test_what_the_page_says_to_type_works(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # Only the pause between two looks of a waiter is shorter than a user's.
    monkeypatch.setattr(botocore.waiter, "time", types.SimpleNamespace(sleep=lambda _: time.sleep(LOOK)))
    reader = Reader(tmp_path)
    try:
        for heading, language, text in blocks():
            try:
                reader.reads(language, text)
            except Exception as error:
                raise AssertionError(f"under {heading!r}, this did not work: {error}\n{text}") from error
    finally:
        reader.leaves()


def headings(page):
    """The anchors of a page."""
    titles = [line.strip("# ").lower() for line in page.read_text().splitlines() if line.startswith("#")]
    return {re.sub(r"[^\w -]", "", title).replace(" ", "-") for title in titles}


def test_the_page_links_to_what_is_there():
    for link in re.findall(r"\]\(([^)]+)\)", PAGE.read_text()):
        path, _, anchor = link.partition("#")
        page = PAGE.parent / path if path else PAGE
        assert page.exists(), link
        assert not anchor or anchor in headings(page), link


def test_the_table_of_switches_is_what_the_program_prints():
    printed = subprocess.run([BINARY, "switches"], capture_output=True, text=True, check=True, timeout=60).stdout
    assert printed.strip()
    assert printed in PAGE.read_text(), "run `make switches`"
