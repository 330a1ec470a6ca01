"""The config's secret is found nowhere: not in outputs, logs, reprs, exceptions, records, or on disk."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT, SECRET
from endpoints import answering, http, refusing
from sesutil import AwsError, ConnectorConfig, InvalidConfig, connect, load_config, read_status, send
from sesutil.launching import PracticeEndpoint
from sesutil.panels import SendPanel
from sesutil.panels.pieces import run_now

TO = "success@simulator.amazonses.com"


def everything_in(value: Any, depth: int = 3) -> str:
    """repr, str and the insides of a value, as far as somebody might print them."""
    texts = [repr(value), str(value)]
    if depth and hasattr(value, "__dict__"):
        texts += [everything_in(item, depth - 1) for item in vars(value).values()]
    return "\n".join(texts)


@pytest.mark.parametrize("kind", ["refused", "rubbish", "unsigned"])
def test_errors_and_tracebacks(config: ConnectorConfig, ready: PracticeEndpoint, kind: str) -> None:
    with answering(http("200 OK", b"<html>")) as rubbish:
        url = {"refused": refusing(), "rubbish": rubbish, "unsigned": ready.endpoint_url}[kind]
        account = connect(config, endpoint_url=url)
        with pytest.raises(AwsError) as caught:
            send(account, config, to=TO, usage_type="SignIn", payload={})
    shown = everything_in(caught.value) + "".join(traceback.format_exception(caught.value))
    assert SECRET not in shown + everything_in(account, 1)


def test_an_invalid_config(document: dict[str, Any], tmp_path: Path) -> None:
    document |= {"region": {"deep": SECRET}, "templates": SECRET}
    path = tmp_path / "connector.json"
    path.write_text(json.dumps(document))
    for source in (document, path):
        with pytest.raises(InvalidConfig) as caught:
            load_config(source)
        shown = everything_in(caught.value) + "".join(traceback.format_exception(caught.value))
        assert SECRET not in shown


def test_logs(config: ConnectorConfig, ready: PracticeEndpoint, caplog: pytest.LogCaptureFixture) -> None:
    """Even with botocore's debug log on, what sesutil and botocore write has no secret in it."""
    with caplog.at_level(logging.DEBUG), pytest.raises(AwsError):
        read_status(connect(config, endpoint_url=ready.endpoint_url))
    assert caplog.text
    assert SECRET not in caplog.text


def test_panels(config: ConnectorConfig, ready: PracticeEndpoint) -> None:
    panel = SendPanel(connect(config, endpoint_url=ready.endpoint_url), config, runner=run_now)
    panel.request_button.value = True
    panel.send_button.click()
    assert panel.model.state == "refused"
    states = [widget.get_state() for widget in everything_below(panel)]
    assert SECRET not in json.dumps(states, default=str) + everything_in(panel.model, 1)


def everything_below(widget: Any) -> list[Any]:
    return [
        widget,
        *(found for child in getattr(widget, "children", ()) for found in everything_below(child)),
    ]


@pytest.mark.notebooks
@pytest.mark.parametrize("notebook", ["00-start-here.ipynb", "test-run.ipynb"])
@pytest.mark.parametrize("practice", ["True", "False"])
def test_executed_notebooks(
    project: Path, notebook: str, practice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Green in practice; red where the config's key signs and nothing answers. No secret in either."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", refusing())
    command = [sys.executable, "-m", "papermill", "-p", "practice", practice]
    if notebook == "test-run.ipynb":
        command += ["-y", '{usage_types: [SignIn], results_path: "results.json"}']
    done = subprocess.run(
        [*command, str(ROOT / "notebooks" / notebook), "out.ipynb"],
        cwd=project,
        capture_output=True,
        text=True,
    )
    assert (done.returncode == 0) is (practice == "True"), done.stderr
    assert SECRET not in done.stdout + done.stderr
    for path in project.rglob("*"):
        if path.is_file() and path.name != "connector.json":
            assert SECRET.encode() not in path.read_bytes(), path


def test_what_is_committed() -> None:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    for name in filter(None, done.stdout.split("\0")):
        if name != "tests/conftest.py" and (ROOT / name).is_file():
            assert SECRET.encode() not in (ROOT / name).read_bytes(), name
