"""What all tests share: a clean environment, a practice account, a config."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from sesutil import Account, ConnectorConfig, connect, launching, load_config
from sesutil.launching import PracticeEndpoint, practice_folders, stop_practice
from sesutil.practice import serve

HERE = Path(__file__).parent
ROOT = HERE.parent
SECRET = "s3cr3t/Zx+marker+that+must+be+found+nowhere"
TEMPLATES = [
    {
        "usageType": usage_type,
        "subject": f"{usage_type}: your code",
        "content": f"<p>{usage_type}</p><p>{{{{code}}}}</p>",
    }
    for usage_type in ("SignIn", "Register", "ForgotPassword", "Generic")
]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees a real AWS profile, an endpoint, or the project that the tests lie in."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "SESUTIL_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def document() -> dict[str, Any]:
    """A config in Logto's shape."""
    return {
        "accessKeyId": "AKIAEXAMPLE",
        "accessKeySecret": SECRET,
        "region": "us-east-1",
        "emailAddress": "Logto <no-reply@example.com>",
        "templates": [dict(item) for item in TEMPLATES],  # a test may change its own
    }


@pytest.fixture
def config(document: dict[str, Any]) -> ConnectorConfig:
    return load_config(document)


@pytest.fixture
def ready() -> Iterator[PracticeEndpoint]:
    with serve(preset="ready") as endpoint:
        yield endpoint


@pytest.fixture
def new() -> Iterator[PracticeEndpoint]:
    with serve(preset="new") as endpoint:
        yield endpoint


@pytest.fixture
def production() -> Iterator[PracticeEndpoint]:
    with serve(preset="production") as endpoint:
        yield endpoint


@pytest.fixture
def account(ready: PracticeEndpoint) -> Account:
    return connect(practice=ready)


@pytest.fixture
def project(tmp_path: Path, document: dict[str, Any]) -> Iterator[Path]:
    """A project folder with the config in it; the practice accounts that were started for it are stopped."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "connector.json").write_text(json.dumps(document))
    yield folder
    for place in practice_folders(folder):
        stop_practice(place)


def pytest_sessionfinish() -> None:
    """Practice processes that ended are asked for, so that Python does not take them for running."""
    for child in launching._children:
        with suppress(subprocess.TimeoutExpired):
            child.wait(5)
