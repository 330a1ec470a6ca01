"""Executes the notebooks in place, each in a fresh project of its own, as they are committed.

Run it with `make notebooks` after a change that shows in their outputs, and look at the difference.
What is stored holds no widget state and no path.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from sesutil.launching import practice_folders, stop_practice
from sesutil.testruns.execution.sockets import private_sockets

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def execute(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as project:
        os.environ["SESUTIL_PROJECT"] = project
        try:
            with private_sockets() as sockets:
                manager = AsyncKernelManager(kernel_name="python3", **sockets)
                NotebookClient(notebook, km=manager, store_widget_state=False).execute(cleanup_kc=True)
        finally:
            for folder in practice_folders(Path(project)):
                stop_practice(folder)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET_VIEW, None)
    notebook.metadata = {
        "kernelspec": notebook.metadata.kernelspec,
        "language_info": {"name": "python"},
    }
    nbformat.write(notebook, path)


if __name__ == "__main__":
    for name in sys.argv[1:] or sorted(path.name for path in NOTEBOOKS.glob("*.ipynb")):
        print(name)
        execute(NOTEBOOKS / name)
