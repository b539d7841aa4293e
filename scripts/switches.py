"""Writes the table of switches in docs/backend.md from what `agentcore-policy-operator switches` prints."""

import argparse
import pathlib
import subprocess

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs/backend.md"
BEGIN, END = "<!-- what `agentcore-policy-operator switches` prints -->\n", "<!-- until here -->\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the built agentcore-policy-operator")
    program = parser.parse_args().program
    printed = subprocess.run([program, "switches"], check=True, stdout=subprocess.PIPE, text=True).stdout
    before, rest = PAGE.read_text().split(BEGIN)
    _, after = rest.split(END)
    PAGE.write_text(f"{before}{BEGIN}\n{printed}\n{END}{after}")
    print(f"wrote {printed.count(chr(10))} lines to {PAGE.name}")


if __name__ == "__main__":
    main()
