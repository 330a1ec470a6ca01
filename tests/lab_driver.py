"""JupyterLab in headless Chromium, for the browser tests and the pictures in the docs."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

TOKEN = "sesutil-test"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # In a process of its own a frame that is replaced ends Playwright's waiting with an error.
    "--disable-features=IsolateSandboxedIframes",
]


def find_chromium() -> str | None:
    """The machine's own Chromium or Chrome; `SESUTIL_CHROMIUM` names another."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("SESUTIL_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@contextmanager
def chromium(executable: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def jupyter_lab(project: Path, home: Path) -> Iterator[str]:
    """`sesutil lab` on a project, with a home folder of its own; yields its address."""
    port = _free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")},
        "HOME": str(home),
        "JUPYTER_TOKEN": TOKEN,
        "JUPYTER_PLATFORM_DIRS": "1",
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }
    log = (home / "lab.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "sesutil.cli", "lab", str(project), "--no-browser", "--port", str(port)],
        env=environment,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{url}/api/status?token={TOKEN}", process, home / "lab.log")
        yield url
    finally:
        os.killpg(process.pid, 15)
        process.wait(20)
        log.close()


def use_theme(url: str, *, dark: bool) -> None:
    """Sets JupyterLab's theme for pages that are loaded after this, and answers its question about news."""
    _set(url, "themes", {"theme": "JupyterLab Dark" if dark else "JupyterLab Light"})
    _set(url, "notification", {"fetchNews": "false", "checkForUpdates": False})


def _set(url: str, name: str, values: dict[str, object]) -> None:
    request = urllib.request.Request(
        f"{url}/lab/api/settings/@jupyterlab/apputils-extension:{name}?token={TOKEN}",
        data=json.dumps({"raw": json.dumps(values)}).encode(),
        headers={"Content-Type": "application/json"},
        method="PUT",
    )
    urllib.request.urlopen(request).close()


def open_notebook(page: Page, url: str, name: str) -> None:
    """Opens a notebook on its own in JupyterLab, with the side bars out of the way."""
    page.goto(f"{url}/doc/tree/notebooks/{name}?token={TOKEN}&reset")
    page.locator(".jp-NotebookPanel").wait_for(timeout=60_000)
    # The status bar: before, there may be a notebook without a kernel, in which nothing runs.
    page.get_by_text("Python 3 (ipykernel) | Idle").first.wait_for(timeout=60_000)


def run_all_cells(page: Page) -> None:
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text(errors='replace')}")
