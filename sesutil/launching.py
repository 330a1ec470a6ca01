"""Finding the practice account of a project folder, and starting it when it is not running.

One process per folder, shared by all notebooks and commands, alive beyond any kernel. Here are its
two files and its command line; what it does is in `sesutil.practice`, which runs in that process.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass, fields
from http.client import HTTPException
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sesutil.errors import PracticeError

__all__ = [
    "PRESETS",
    "PracticeEndpoint",
    "endpoint_file",
    "ensure_practice",
    "ensure_practice_of",
    "environment_without_aws",
    "find_practice",
    "other_preset",
    "practice_folder",
    "practice_folders",
    "read_json_url",
    "require_practice_extra",
    "stop_practice",
    "unwritable",
]

PRESETS = ("new", "ready", "production")
"""new: nothing verified. ready: a verified domain, in the sandbox. production: the same, out of it."""

ALREADY_RUNNING = 3
"""Exit code of the practice process when another one serves the same folder."""

_START_PATIENCE = 20.0  # seconds; it takes about one
# Processes started from here, kept so that they are reaped when they end before this one does.
_children: list[subprocess.Popen[bytes]] = []
_children_lock = threading.Lock()
# Never through a proxy: the practice account is on this machine.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class PracticeEndpoint:
    """How to reach a practice account. The key pair is worth nothing anywhere else."""

    endpoint_url: str
    access_key_id: str
    secret_access_key: str
    region: str
    inbox_url: str
    account_id: str = ""
    preset: str = ""
    pid: int = 0
    instance: str = ""
    dns_port: int = 0
    """Where its DNS answers on 127.0.0.1, by UDP and TCP; 0 for an account that has none."""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    def environment(self) -> dict[str, str]:
        """The variables that make any AWS SDK use this account."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }

    def __repr__(self) -> str:
        return f"PracticeEndpoint({self.endpoint_url!r}, region={self.region!r})"


def practice_folder(project: Path, preset: str | None = None, *, beside: bool = False) -> Path:
    """Where a practice account of a project keeps its files.

    The first that is made is the project's own, whatever its preset. Another preset that is asked
    for by name is another account, which has a folder beside it. With `beside` it has one even where
    there is no other yet, so that the project's own stays to be made.
    """
    own = project / ".sesutil" / "practice"
    if preset is None or _preset_in(own) == preset:
        return own
    other = own.with_name(f"practice-{preset}")
    nothing_yet = _preset_in(own) is None and _preset_in(other) is None
    return own if nothing_yet and not beside else other


def practice_folders(project: Path) -> list[Path]:
    """Every folder in which a practice account of a project may be."""
    own = practice_folder(project)
    return [own, *(own.with_name(f"practice-{preset}") for preset in PRESETS)]


def _preset_in(folder: Path) -> str | None:
    try:
        preset = json.loads((folder / "state.json").read_text(encoding="utf-8"))["preset"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return str(preset)


def endpoint_file(folder: Path) -> Path:
    return folder / "running.json"


def log_file(folder: Path) -> Path:
    return folder / "practice.log"


def find_practice(folder: Path) -> PracticeEndpoint | None:
    """The practice account that is running for this folder, asked whether it really is."""
    try:
        data = json.loads(endpoint_file(folder).read_text(encoding="utf-8"))
        known = {field.name for field in fields(PracticeEndpoint)}
        endpoint = PracticeEndpoint(**{key: value for key, value in data.items() if key in known})
        health = read_json_url(f"{endpoint.endpoint_url}/practice/health", timeout=2)
    except (OSError, ValueError, TypeError, PracticeError):
        return None
    return endpoint if health.get("instance") == endpoint.instance else None


def ensure_practice(
    folder: Path,
    *,
    preset: str | None = None,
    region: str | None = None,
    domain: str | None = None,
) -> PracticeEndpoint:
    """The running practice account of the folder, started if need be.

    `preset` counts for an account that is made new. Unless its preset is `new`, the account has
    `domain` verified in `region`, also one that exists. Raises PracticeError, also when the
    account there was made with another preset than the one asked for.
    """
    endpoint = find_practice(folder)
    if endpoint is None:
        endpoint = _start(folder, preset, region, domain)
    if preset is not None and endpoint.preset != preset:
        raise other_preset(endpoint.preset, preset)
    if domain is not None and endpoint.preset != "new":
        query = urlencode({"domain": domain, "region": region or endpoint.region})
        read_json_url(f"{endpoint.endpoint_url}/practice/ready?{query}", method="POST")
    return endpoint


def ensure_practice_of(
    project: Path,
    *,
    preset: str | None = None,
    beside: bool = False,
    region: str | None = None,
    domain: str | None = None,
) -> PracticeEndpoint:
    """`ensure_practice` for the practice account of a project that `practice_folder` means."""
    place = practice_folder(project, preset, beside=beside)
    try:
        return ensure_practice(place, preset=preset, region=region, domain=domain)
    except PracticeError:
        other = practice_folder(project, preset, beside=beside)
        if other == place:
            raise
        # Another preset was made there in the same moment: runs side by side begin so.
        return ensure_practice(other, preset=preset, region=region, domain=domain)


def stop_practice(folder: Path) -> bool:
    """Stops the practice account of the folder and waits for its last write. False if none was running."""
    endpoint = find_practice(folder)
    if endpoint is None:
        return False
    read_json_url(f"{endpoint.endpoint_url}/practice/stop", timeout=5, method="POST")
    until = time.monotonic() + 5
    while endpoint_file(folder).exists():
        if time.monotonic() > until:
            raise PracticeError(f"The practice account (process {endpoint.pid}) does not stop.")
        time.sleep(0.05)
    for child in _children:
        if child.pid == endpoint.pid:
            child.wait(5)
    return True


def read_json_url(url: str, *, timeout: float = 10, method: str = "GET") -> Any:
    """The JSON document at a door of the practice account. Raises PracticeError."""
    headers = {"Accept": "application/json"}
    data = None if method == "GET" else b""
    request = urllib.request.Request(url, data=data, headers=headers, method=method)  # noqa: S310
    try:
        with _direct.open(request, timeout=timeout) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise PracticeError(_refused(error)) from None
    except (OSError, ValueError, HTTPException) as error:  # the last: it broke off in mid-answer
        raise PracticeError(
            f"The practice account does not answer at {url.split('?')[0]}: {error}. If it has "
            "stopped, run the cell that connects again (or `sesutil practice`): it starts again "
            "with everything it had."
        ) from None


def _refused(error: urllib.error.HTTPError) -> str:
    """What the practice account itself says is wrong with what it was asked."""
    with error:
        try:
            return str(json.load(error)["error"])
        except (OSError, ValueError, KeyError, TypeError):
            return f"The practice account answers {error.code} at {error.url.split('?')[0]}."


def environment_without_aws() -> dict[str, str]:
    """This process's environment, so that nothing in it, and no file, gives real AWS credentials."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    files = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
    return {**own, **files, "PYTHONUNBUFFERED": "1"}


def unwritable(folder: Path, error: OSError) -> PracticeError:
    return PracticeError(
        f"The practice account cannot keep its files in {folder}: {error.strerror}. "
        "Make the folder writable, or work in another one."
    )


def other_preset(there: str, wanted: str) -> PracticeError:
    return PracticeError(
        f"The practice account of this folder was made as {there!r}, not {wanted!r}. "
        f"`sesutil practice --reset --preset {wanted}` makes a new one in its place."
    )


def require_practice_extra() -> None:
    """Raises PracticeError where the package was installed without its practice account."""
    missing = [name for name in ("moto", "flask", "flask_cors") if find_spec(name) is None]
    if missing:
        raise PracticeError(
            "The practice account is not installed (missing: " + ", ".join(missing) + "). "
            'Install it with: pip install "sesutil[practice]"'
        )


def _start(folder: Path, preset: str | None, region: str | None, domain: str | None) -> PracticeEndpoint:
    require_practice_extra()
    instance = secrets.token_hex(8)
    command = [sys.executable, "-m", "sesutil.practice", "--folder", str(folder), "--instance", instance]
    for option, value in (("--preset", preset), ("--region", region), ("--domain", domain)):
        if value is not None:
            command += [option, value]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        log = log_file(folder).open("wb")
    except OSError as error:
        raise unwritable(folder, error) from None
    with log:
        process = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=environment_without_aws(),
        )
    with _children_lock:
        _children[:] = [child for child in _children if child.poll() is None]
        _children.append(process)
    until = time.monotonic() + _START_PATIENCE
    while time.monotonic() < until:
        code = process.poll()
        # Looked at after the exit code: a process that lost the race leaves the winner's file.
        endpoint = find_practice(folder)
        if endpoint is not None:
            if endpoint.instance != instance:  # another was faster; ours waits, and is not needed
                process.terminate()
            return endpoint
        if code is not None and code != ALREADY_RUNNING:
            break
        time.sleep(0.03)
    raise PracticeError(
        f"The practice account did not start. Its log, {log_file(folder)}, says:\n"
        + _end_of(log_file(folder))
    )


def _end_of(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return "\n".join(f"  {line}" for line in lines[-12:]) or "  (nothing)"
