"""Puts Debian's cvc5 beside the Kubernetes programs in the cache, without root: `make cvc5`.

cvc5 is the solver with which the local backend judges findings exactly. Prints the path of the program as its last
line. It is there once: a second run only prints. On a machine that is no Debian it says so and ends with 1.
"""

import os
import pathlib
import sys

import debian

HINT = (
    "cvc5: findings are judged by shape alone without it. It can be had from Debian (apt-get install cvc5) or from "
    "https://github.com/cvc5/cvc5/releases; put it on PATH, or name it with --cvc5"
)


def cache() -> pathlib.Path:
    """The folder in which `tests/controlplane` keeps its programs too."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    root = pathlib.Path(base) if os.path.isabs(base) else pathlib.Path.home() / ".cache"
    return root / "agentcore-policy-operator" / "cvc5"


def complete(root: pathlib.Path) -> None:
    """Puts a program at the top that finds its libraries wherever the folder is, and sees it start."""
    program = root / "cvc5"
    program.write_text(
        '#!/bin/sh\nhere=$(dirname "$(readlink -f "$0")")\n'
        'for libraries in "$here"/usr/lib/*-linux-gnu*; do\n'
        '  LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"\n'
        'done\nexport LD_LIBRARY_PATH\nexec "$here/usr/bin/cvc5" "$@"\n'
    )
    program.chmod(0o755)
    debian.said(str(program), "--version")


def main() -> int:
    program = cache() / "cvc5"
    if not program.exists():
        if not debian.is_here():
            print(f"cvc5 is fetched on Debian only, and this machine has no apt-get and dpkg.\n{HINT}", file=sys.stderr)
            return 1
        try:
            packages = debian.lacking(debian.closure("cvc5"))
            print(f"fetching {len(packages)} packages of Debian: {' '.join(sorted(packages))}", file=sys.stderr)
            debian.unpack(packages, program.parent, complete)
        except (debian.Failure, OSError) as error:
            print(f"cvc5 could not be fetched from Debian: {error}.\n{HINT}", file=sys.stderr)
            return 1
    print(program)
    return 0


if __name__ == "__main__":
    sys.exit(main())
