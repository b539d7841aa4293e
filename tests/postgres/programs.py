"""Where PostgreSQL's programs are on this machine, or how they come onto it."""

import glob
import os
import pathlib
import re
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))

import debian
from debian import Failure, said

NEEDED = ("initdb", "postgres", "createdb")
HOW = (
    "the tests need a PostgreSQL server (14 or newer) and find none on PATH nor under /usr/lib/postgresql; "
    "install one (Debian and Ubuntu: apt-get install postgresql)"
)


def find():
    """The folder of PostgreSQL's programs; fetches Debian's package into the cache when the machine has none."""
    return installed() or in_folder(cache()) or fetch()


def installed():
    """The folder that a server on PATH is in, or the newest of those where Debian puts them."""
    on_path = shutil.which("postgres")
    beside = pathlib.Path(on_path).resolve().parent if on_path else None
    if beside and all((beside / name).exists() for name in NEEDED):
        return beside
    return in_folder(pathlib.Path("/"))


def in_folder(root):
    """The newest release under a root directory that is laid out as Debian's."""
    found = [pathlib.Path(path) for path in glob.glob(f"{root}/usr/lib/postgresql/*/bin")]
    whole = [path for path in found if all((path / name).exists() for name in NEEDED)]
    return max(whole, key=lambda path: float(path.parent.name), default=None)


def cache():
    """Where fetched packages are unpacked. The server cannot run as root, so root's home would not do."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        base = "/var/cache" if os.geteuid() == 0 else os.path.expanduser("~/.cache")
    return pathlib.Path(base) / "agentcore-policy-operator/postgres"


def fetch():
    """Unpacks Debian's server, and the libraries of it that the machine lacks, into the cache."""
    if not debian.is_here():
        raise Failure(HOW)
    try:
        debian.unpack(needed(server_package()), cache(), complete)
    except Failure as failure:
        raise Failure(f"{failure}; {HOW}") from None
    return in_folder(cache())


def complete(root):
    """That the packages hold a server."""
    if not in_folder(root):
        raise Failure("Debian's packages hold no server")


def server_package():
    """The package of the release that the distribution has as its own."""
    found = re.search(r"Depends: (postgresql-\d+)", said("apt-cache", "depends", "postgresql"))
    if not found:
        raise Failure("the package lists know no postgresql")
    return found[1]


def needed(server):
    """The server's package, and those of its client and of libraries that are not installed."""
    client = server.replace("postgresql", "postgresql-client")
    # Of all else only shared libraries: tools and locales are not needed to run a server.
    library = re.compile(r"lib[a-z0-9+.-]*\d[a-z0-9+.-]*")
    # The server is asked for though the package is registered: its programs were not found.
    return debian.lacking({name for name in debian.closure(server) if library.fullmatch(name)}) | {server, client}


def environment(programs):
    """The environment in which the programs run: unpacked ones find their libraries beside them."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "TZ") if name in os.environ} | {"LC_ALL": "C.UTF-8"}
    root = programs.parents[4]
    if root == pathlib.Path("/"):
        return kept
    return kept | {"LD_LIBRARY_PATH": ":".join(debian.libraries(root))}
