"""Opening JupyterLab on the start notebook of a project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from sesutil.errors import ProjectError
from sesutil.notebook_runs import notebooks_folder, require_notebooks_extra
from sesutil.projects import init_project

__all__ = ["START_NOTEBOOK", "open_lab", "prepare_lab"]

START_NOTEBOOK = "00-start-here.ipynb"


def prepare_lab(folder: Path) -> Path:
    """Makes the project where there is none, puts the notebooks into it, returns the start notebook.

    A notebook that is there is kept: it may have been worked in. Raises ProjectError.
    """
    require_notebooks_extra()
    place = folder.resolve()
    init_project(place)
    target = place / "notebooks"
    source = notebooks_folder()
    try:
        target.mkdir(parents=True, exist_ok=True)
        for notebook in sorted(source.glob("*.ipynb")):
            if not (target / notebook.name).exists():
                shutil.copyfile(notebook, target / notebook.name)
    except OSError as error:
        raise ProjectError(
            f"The notebooks cannot be put into {target}: {error.strerror}. Make the folder writable, "
            "or name another."
        ) from None
    return target / START_NOTEBOOK


def open_lab(folder: Path, *, browser: bool = True, port: int = 8888) -> int:
    """Runs JupyterLab in the foreground until it is stopped; returns its exit code. Raises ProjectError."""
    notebook = prepare_lab(folder)
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={folder.resolve()}",
        f"--LabApp.default_url=/lab/tree/notebooks/{notebook.name}",
        f"--ServerApp.port={port}",
    ]
    if not browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    process = subprocess.Popen(command)  # noqa: S603
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            pass  # Ctrl-C reaches JupyterLab as well, which asks whether it is meant
