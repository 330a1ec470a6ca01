"""Nothing that a run makes holds a secret, whatever the other side answers."""

from __future__ import annotations

import json
import re
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from sesutil.account import connect
from sesutil.config import ConnectorConfig
from sesutil.errors import TestRunFailed
from sesutil.testruns.junit import junit_xml
from sesutil.testruns.parameters import TestRunParameters
from sesutil.testruns.redacting import Disguise, without_known, without_secrets_in
from sesutil.testruns.results import TestResult, TestRun
from sesutil.testruns.running import run_tests

YOURS = "correct+horse/battery-staple-and-so-on"  # no form tells it
SESSION = "FwoGZXIvYXdzE" + "aB3/x+" * 60 + "=="


@contextmanager
def echoing(said: list[str]) -> Iterator[str]:
    """What answers as SES would, and refuses each send with one of these texts."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None: ...

        def do_GET(self) -> None:
            quota = {"Max24HourSend": 50000, "MaxSendRate": 500, "SentLast24Hours": 3}
            self._answer(200, {"SendQuota": quota, "SendingEnabled": True, "ProductionAccessEnabled": True})

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self._answer(400, {"message": f"Bad {said[0]} for you"})
            said.append(said.pop(0))

        def _answer(self, status: int, body: Any) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("x-amzn-ErrorType", "BadRequestException")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_secret_that_is_echoed_is_in_nothing_that_the_run_makes(
    config: ConnectorConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert config.access_key_secret is not None
    theirs = config.access_key_secret.get_secret_value()
    said = [theirs, YOURS, SESSION, SESSION[:40], quote(YOURS, safe=""), YOURS.lower(), f"{YOURS[:20]} and"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", YOURS)
    monkeypatch.setenv("AWS_SESSION_TOKEN", SESSION)
    heard: list[TestResult] = []
    journal = tmp_path / "j.jsonl"
    parameters = TestRunParameters(
        recipients=tuple(f"u{number}@example.org" for number in range(len(said))),
        usage_types=("SignIn",),
        languages=("",),
        events=False,
        practice=False,
        journal_path=str(journal),
    )
    with echoing(list(said)) as url:
        account = connect(region="us-east-1", endpoint_url=url)
        done = run_tests(account, config, parameters, on_result=heard.append)
    assert [result.status for result in done.results] == ["refused"] * len(said)
    with pytest.raises(TestRunFailed) as failed:
        done.raise_for_failures()
    texts = {
        "frame": done.frame().to_csv(),
        "failures": done.failures_frame().to_csv(),
        "error": str(failed.value),
        "journal": journal.read_text(encoding="utf-8"),
        "results": repr(heard),
        "record": json.dumps(done.record()),
    }
    for where, text in texts.items():
        for secret in (theirs, YOURS, SESSION[:40], quote(YOURS, safe=""), YOURS[:20]):
            assert secret.lower() not in text.lower(), where
    assert "Bad" in texts["frame"]  # else nothing was echoed
    assert "Bad" in texts["journal"]


@pytest.mark.parametrize(
    "form",
    [
        YOURS,
        YOURS.upper(),
        quote(YOURS, safe=""),
        YOURS.replace("/", "\\/"),
        YOURS.replace("/", "&#47;"),
        b64encode(YOURS.encode()).decode(),
        YOURS.encode().hex(),
        YOURS[5:30],
    ],
)
def test_a_known_secret_is_masked_in_every_form(form: str) -> None:
    assert re.fullmatch("so •+=?, yes", without_known(f"so {form}, yes", [YOURS]))
    assert without_known("correct horse battery staple", [YOURS]) == "correct horse battery staple"


def test_what_was_checked_is_not_masked_by_its_form(result_of: TestResult, run_of: TestRun) -> None:
    long = "V1StGXR8z5jdHi6BmyT9QwErTyUiOpAsDfGhJkLz"
    recipient = f"{long}@example.com"
    run = replace(
        run_of,
        results=(replace(result_of, recipient=recipient),),
        parameters={"recipients": [recipient], "config_path": f"/srv/{long}/connector.json"},
    )
    plain = without_secrets_in(run)
    assert plain.parameters == run.parameters
    assert recipient in junit_xml(run)
    hidden = without_secrets_in(run, ["example.com"])
    assert "example.com" not in str(hidden.parameters)


@pytest.mark.parametrize(
    "told",
    [
        "<alice.secret> user unknown",
        "bounce to alice.secret=customer.example@mx.example failed",
        "alice.secret(at)customer.example unknown",
        "550 Alice.Secret: no such user",
        "<anna> unknown",
        "anna=customer.example@mx.example",
        "anna (at) customer.example",
    ],
)
def test_a_recipient_in_a_servers_form_is_shortened(
    told: str, result_of: TestResult, run_of: TestRun
) -> None:
    to = ("alice.secret@customer.example", "anna@customer.example", "success@simulator.amazonses.com")
    run = replace(run_of, results=tuple(replace(result_of, recipient=one) for one in to))
    text = Disguise([run]).text(told)
    assert "secret" not in text.lower()
    assert "anna" not in text
    assert Disguise([run]).text("A success, said an annalist.") == "A success, said an annalist."


@pytest.fixture
def result_of() -> TestResult:
    return TestResult("SignIn", "", "a@example.org", "delivered", "refused", "refused", "SES refused it.")


@pytest.fixture
def run_of(result_of: TestResult) -> TestRun:
    from datetime import UTC, datetime

    now = datetime(2026, 1, 1, tzinfo=UTC)
    return TestRun("1", "live", "us-east-1", now, now, (result_of,))
