"""Writes constraints.txt: what a fresh install takes today, together for several Pythons.

    python docs/pin.py python3.11 python3.12 python3.13

Only names and versions, no address. Where two Pythons take different versions, it stops and says so.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEAD = (
    "# The versions that are tested, for Python 3.11 to 3.13. Made by `make constraints`; "
    "a name counts only where it is needed.\n"
)


def freeze(python: str) -> set[str]:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([python, "-m", "venv", folder], check=True)
        pip = [f"{folder}/bin/python", "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--quiet", "--editable", f"{ROOT}[all,dev]"], check=True)
        done = subprocess.run(
            [*pip, "freeze", "--exclude-editable"], check=True, capture_output=True, text=True
        )
    return {line for line in done.stdout.splitlines() if "==" in line}


def main(pythons: list[str]) -> None:
    pins = set().union(*(freeze(python) for python in pythons))
    names = [pin.split("==")[0] for pin in pins]
    if different := sorted({name for name in names if names.count(name) > 1}):
        sys.exit(f"Different versions on different Pythons: {', '.join(different)}")
    (ROOT / "constraints.txt").write_text(HEAD + "\n".join(sorted(pins, key=str.lower)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
