"""Writes crds/ and the chart's copy of it from what `agentcore-policy-operator crds` prints."""

import argparse
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = [ROOT / "crds", ROOT / "charts/agentcore-policy-operator/files/crds"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the built agentcore-policy-operator")
    program = parser.parse_args().program
    printed = subprocess.run([program, "crds"], check=True, stdout=subprocess.PIPE, text=True).stdout
    files = {}
    for document in re.split(r"^---\n", printed, flags=re.MULTILINE):
        if document.strip():
            plural, group = re.search(r"^  name: (\w+)\.(\S+)$", document, re.MULTILINE).groups()
            files[f"{group}_{plural}.yaml"] = document.rstrip() + "\n"
    if not files:
        raise SystemExit(f"`{program} crds` printed no CRD")
    for folder in FOLDERS:
        folder.mkdir(parents=True, exist_ok=True)
        for stale in set(path.name for path in folder.glob("*.yaml")) - set(files):
            (folder / stale).unlink()
        for name, text in files.items():
            (folder / name).write_text(text)
    print("wrote", ", ".join(sorted(files)), "to", " and ".join(str(folder.relative_to(ROOT)) for folder in FOLDERS))


if __name__ == "__main__":
    main()
