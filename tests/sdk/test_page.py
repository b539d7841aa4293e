"""docs/backend.md: what it tells a user to type is typed, in its order, against a backend of its own."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

from conftest import BINARY, REPOSITORY, clean_environment

PAGE = REPOSITORY / "docs/backend.md"
# Where the page says that the backend listens.
HERE = "http://127.0.0.1:8787"


def blocks():
    """The language and the text of each fenced block that is run, with the heading above it."""
    heading = ""
    lines = iter(PAGE.read_text().splitlines())
    for line in lines:
        if line.startswith("#"):
            heading = line.strip("# ")
        elif line in ("```sh", "```python"):
            body = []
            while (line_of_block := next(lines)) != "```":
                body.append(line_of_block)
            yield heading, line.removeprefix("```"), "\n".join(body) + "\n"


def links():
    return re.findall(r"\]\(([^)]+)\)", PAGE.read_text())


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """A folder to work in, and an environment as a user has it."""
    folder = tmp_path_factory.mktemp("page")
    environment = clean_environment()
    for name in ("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        environment.pop(name)
    programs = [pathlib.Path(sys.executable).parent, pathlib.Path(BINARY).resolve().parent]
    environment["PATH"] = os.pathsep.join([*map(str, programs), environment["PATH"]])
    return folder, environment


def test_what_the_page_says_to_type_works(backends, shell):
    folder, environment = shell
    url = backends().url
    said = {}
    remembered = ""
    for heading, language, text in blocks():
        text = text.replace(HERE, url)
        if language == "python":
            exec(compile(text, f"{PAGE.name}: {heading}", "exec"), said)  # noqa: S102: the page's own text
            continue
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", remembered + text],
            cwd=folder, env=environment, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, f"{heading}:\n{text}\n{done.stdout}{done.stderr}"
        remembered += "".join(line + "\n" for line in text.splitlines() if line.startswith("export "))


def test_the_page_links_to_what_is_there():
    text = PAGE.read_text()
    headings = {re.sub(r"[^\w -]", "", line.strip("# ").lower()).replace(" ", "-") for line in text.splitlines() if line.startswith("#")}
    for link in links():
        if link.startswith("#"):
            assert link[1:] in headings, link
        elif "://" not in link:
            assert (PAGE.parent / link).exists(), link


def test_the_table_of_switches_is_what_the_program_prints():
    printed = subprocess.run([BINARY, "switches"], capture_output=True, text=True, check=True, timeout=60).stdout
    assert printed.strip()
    assert printed in PAGE.read_text(), "run `make switches`"
