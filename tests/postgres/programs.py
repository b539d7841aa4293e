"""Where PostgreSQL's programs are on this machine, or how they come onto it."""

import glob
import os
import pathlib
import re
import shutil
import subprocess

NEEDED = ("initdb", "postgres", "createdb")
HOW = (
    "the tests need a PostgreSQL server (14 or newer) and find none on PATH nor under /usr/lib/postgresql; "
    "install one (Debian and Ubuntu: apt-get install postgresql)"
)


class Failure(Exception):
    """What went wrong, in words for the person who runs the tests."""


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
    """Unpacks Debian's server, and the libraries of it that the machine lacks, into the cache. Needs no root."""
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise Failure(HOW)
    unfinished = cache().with_name(f"postgres.{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        said("apt-get", "download", *lacking(server_package()), cwd=unfinished)
        for package in sorted(unfinished.glob("*.deb")):
            said("dpkg", "-x", package.name, ".", cwd=unfinished)
            package.unlink()
        if not in_folder(unfinished):
            raise Failure(f"Debian's packages hold no server; {HOW}")
        shutil.rmtree(cache(), ignore_errors=True)
        unfinished.rename(cache())
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return in_folder(cache())


def server_package():
    """The package of the release that the distribution has as its own."""
    found = re.search(r"Depends: (postgresql-\d+)", said("apt-cache", "depends", "postgresql"))
    if not found:
        raise Failure(f"the package lists know no postgresql; {HOW}")
    return found[1]


def lacking(server):
    """The server's package and those it needs, as far as they are not installed."""
    options = [f"--no-{kind}" for kind in ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")]
    lines = said("apt-cache", "depends", "--recurse", *options, server).splitlines()
    client = server.replace("postgresql", "postgresql-client")
    # Of all else only shared libraries: tools and locales are not needed to run a server.
    wanted = re.compile(rf"{server}|{client}|lib[a-z0-9+.-]*\d[a-z0-9+.-]*")
    names = sorted({line for line in lines if wanted.fullmatch(line)})
    listed = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *names],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False,
    ).stdout
    there = {line.split()[0] for line in listed.splitlines() if line.endswith(" installed")}
    # Asked for again though the package is registered: its programs were not found.
    return [name for name in names if name not in there or name in (server, client)]


def environment(programs):
    """The environment in which the programs run: unpacked ones find their libraries beside them."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "TZ") if name in os.environ} | {"LC_ALL": "C.UTF-8"}
    root = programs.parents[4]
    if root == pathlib.Path("/"):
        return kept
    libraries = [str(path) for path in (*root.glob("usr/lib/*-linux-gnu*"), *root.glob("lib/*-linux-gnu*"))]
    return kept | {"LD_LIBRARY_PATH": ":".join(libraries)}


def said(*command, cwd=None):
    """Output of a command that has to succeed."""
    ran = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if ran.returncode != 0:
        last = (ran.stderr.strip() or "no word of it").splitlines()[-1]
        raise Failure(f"`{' '.join(command[:2])}` failed ({last}); {HOW}")
    return ran.stdout
