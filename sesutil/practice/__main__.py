"""`python -m sesutil.practice`: the background process that `sesutil.launching` starts."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sesutil.errors import PracticeError
from sesutil.launching import ALREADY_RUNNING, PRESETS
from sesutil.practice.running import IDLE_LIMIT, AlreadyRunning, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="sesutil.practice")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--preset", choices=PRESETS)
    parser.add_argument("--region")
    parser.add_argument("--domain")
    parser.add_argument("--instance")
    arguments = parser.parse_args()
    try:
        run(**vars(arguments), idle_limit=IDLE_LIMIT)
    except AlreadyRunning:
        return ALREADY_RUNNING
    except (PracticeError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
