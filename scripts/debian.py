"""Packages of Debian, unpacked into a cache: for programs that this machine lacks. Nothing is installed, and no root needed."""

import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable

TOOLS = ("apt-get", "apt-cache", "dpkg", "dpkg-query")


class Failure(Exception):
    """What went wrong, in words for the person at the terminal."""


def is_here() -> bool:
    """Whether this machine is one that has Debian's packages."""
    return all(shutil.which(tool) for tool in TOOLS)


def closure(package: str) -> set[str]:
    """The package and all that it cannot do without."""
    lines = said("apt-cache", "depends", "--recurse", "--important", "--no-recommends", package).splitlines()
    return {line for line in lines if line and not line[0].isspace() and line[0] != "<"}


def lacking(packages: set[str]) -> set[str]:
    """Those that are not installed."""
    # It ends with 1 when it does not know one of them.
    query = ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *packages]
    listed = subprocess.run(query, capture_output=True, text=True, check=False).stdout
    return packages - {line.split()[0] for line in listed.splitlines() if line.endswith(" installed")}


def unpack(packages: set[str], to: pathlib.Path, complete: Callable[[pathlib.Path], None]) -> None:
    """Unpacks packages over one another into a folder, which takes its name, and the place of one that had it, only when
    `complete` found it whole or made it so."""
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent) as scratch:
        packed, root = pathlib.Path(scratch, "packages"), pathlib.Path(scratch, "root")
        packed.mkdir()
        root.mkdir()
        said("apt-get", "download", "--quiet", *sorted(packages), cwd=packed)
        for package in sorted(packed.glob("*.deb")):
            said("dpkg", "-x", str(package), str(root))
        complete(root)
        shutil.rmtree(to, ignore_errors=True)
        root.rename(to)


def libraries(root: pathlib.Path) -> list[str]:
    """The folders of shared libraries under a folder that packages were unpacked into."""
    return [str(path) for path in (*root.glob("usr/lib/*-linux-gnu*"), *root.glob("lib/*-linux-gnu*"))]


def said(*command: str, cwd: pathlib.Path | None = None) -> str:
    """Output of a command that has to succeed."""
    ran = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        last = (ran.stderr.strip() or "no word of it").splitlines()[-1]
        raise Failure(f"`{' '.join(command[:2])}` failed ({last})")
    return ran.stdout
