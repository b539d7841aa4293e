"""Puts Debian's cvc5 beside the Kubernetes programs in the cache, without root: `make cvc5`.

cvc5 is the solver with which the local backend judges findings exactly. Prints the path of the program as its last
line. It is there once: a second run only prints. On a machine that is no Debian it says so and ends with 1.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HINT = (
    "cvc5: findings are judged by shape alone without it. It can be had from Debian (apt-get install cvc5) or from "
    "https://github.com/cvc5/cvc5/releases; put it on PATH, or name it with --cvc5"
)


def cache() -> pathlib.Path:
    """The folder in which `tests/controlplane` keeps its programs too."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    root = pathlib.Path(base) if os.path.isabs(base) else pathlib.Path.home() / ".cache"
    return root / "agentcore-policy-operator" / "cvc5"


def said(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def is_installed(package: str) -> bool:
    query = ["dpkg-query", "--show", "--showformat=${Status}", package]
    return "install ok installed" in subprocess.run(query, capture_output=True, text=True).stdout


def needed() -> list[str]:
    """cvc5 and what it depends on, but for what this machine has."""
    closure = said("apt-cache", "depends", "--recurse", "--important", "--no-recommends", "cvc5")
    packages = {line for line in closure.splitlines() if line and not line[0].isspace() and line[0] != "<"}
    return sorted(package for package in packages if not is_installed(package))


def fetch(to: pathlib.Path) -> None:
    """Unpacks the packages into a folder that takes its name only when it is complete."""
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent) as scratch:
        packages, root = pathlib.Path(scratch, "packages"), pathlib.Path(scratch, "root")
        packages.mkdir()
        subprocess.run(["apt-get", "download", "--quiet", *needed()], check=True, cwd=packages, stdout=sys.stderr)
        for package in sorted(packages.glob("*.deb")):
            subprocess.run(["dpkg", "-x", str(package), str(root)], check=True)
        program = root / "cvc5"
        program.write_text(
            '#!/bin/sh\nhere=$(dirname "$(readlink -f "$0")")\n'
            'for libraries in "$here"/usr/lib/*-linux-gnu*; do\n'
            '  LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"\n'
            'done\nexport LD_LIBRARY_PATH\nexec "$here/usr/bin/cvc5" "$@"\n'
        )
        program.chmod(0o755)
        said(str(program), "--version")
        root.rename(to)


def main() -> int:
    program = cache() / "cvc5"
    if not program.exists():
        if not all(shutil.which(tool) for tool in ("apt-get", "apt-cache", "dpkg", "dpkg-query")):
            print(f"cvc5 is fetched on Debian only, and this machine has no apt-get and dpkg.\n{HINT}", file=sys.stderr)
            return 1
        shutil.rmtree(program.parent, ignore_errors=True)
        try:
            fetch(program.parent)
        except (subprocess.CalledProcessError, OSError) as error:
            print(f"cvc5 could not be fetched from Debian: {error}.\n{HINT}", file=sys.stderr)
            return 1
    print(program)
    return 0


if __name__ == "__main__":
    sys.exit(main())
