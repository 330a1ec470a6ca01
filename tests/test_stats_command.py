"""`sesutil stats`: what a person reads, what a program reads, and the exit code."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from sesutil import Practice, connect
from sesutil.cli import app
from sesutil.history.database import writing
from sesutil.history.fetches import note_fetch_of
from sesutil.history.sends import bins_frame
from sesutil.launching import PracticeEndpoint
from sesutil.practice import serve
from sesutil.statistics.bins import BIN_COLUMNS, COUNTS, KEY_COLUMNS
from sesutil.statistics.rates import RATE_COLUMNS

OPERATIONS = ("GetAccount", "GetSendStatistics")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[PracticeEndpoint]:
    """Healthy, with two weeks behind it; another Region is empty."""
    with serve(preset="production") as endpoint:
        Practice(endpoint).plant_history(seed=1)
        yield endpoint


@pytest.fixture(autouse=True)
def connected(
    endpoint: PracticeEndpoint, project: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Practice]:
    """In a project, with the account as a configured endpoint: none is started for the project."""
    monkeypatch.chdir(project)
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.endpoint_url)
    document = json.loads(Path("connector.json").read_text())
    document |= {"accessKeyId": endpoint.access_key_id, "accessKeySecret": endpoint.secret_access_key}
    Path("connector.json").write_text(json.dumps(document))
    practice = Practice(endpoint)
    yield practice
    practice.remove_faults()
    practice.enforce("HEALTHY")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["stats", *arguments], catch_exceptions=False)


def record(*arguments: str) -> tuple[int, dict[str, Any]]:
    result = run("--json", *arguments)
    document: dict[str, Any] = json.loads(result.stdout)
    return result.exit_code, document


def sent(endpoint: PracticeEndpoint) -> dict[str, int]:
    """What boto3 alone says of the whole two weeks."""
    points = connect(practice=endpoint).client("ses").get_send_statistics()["SendDataPoints"]
    names = ("DeliveryAttempts", "Bounces", "Complaints", "Rejects")
    return {ours: sum(point[name] for point in points) for ours, name in zip(COUNTS, names, strict=True)}


def test_a_person_reads_a_verdict_a_quota_and_a_table(endpoint: PracticeEndpoint) -> None:
    result = run()
    assert result.exit_code == 0
    text = result.stdout
    sums = sent(endpoint)
    assert "✓ good     Healthy: " in text
    assert f"{sums['bounces']:,} of {sums['attempts']:,} mails" in text
    assert "of 50,000 recipients within 24 hours" in text
    last = text.rstrip().splitlines()[-1].split()
    assert [last[0], *last[1:3], last[-1]] == ["sum", f"{sums['attempts']:,}", f"{sums['bounces']:,}", "0"]
    assert "unread" not in text


def test_a_program_reads_the_same_numbers(endpoint: PracticeEndpoint) -> None:
    code, document = record("--by", "day", "--zone", "Europe/Berlin")
    assert (code, document["ok"], document["days"]) == (0, True, 14)
    assert document["verdict"]["level"] == "good"
    (one,) = document["accounts"]
    assert {name: sum(row[name] for row in one["periods"]) for name in COUNTS} == sent(endpoint)
    assert all(row["start"].endswith(("T22:00:00+00:00", "T23:00:00+00:00")) for row in one["periods"])
    assert one["quota"]["max_24_hours"] == 50_000
    planted = sent(endpoint)
    share = planted["bounces"] / planted["attempts"]
    assert one["aws_rates"]["bounce_rate"] == pytest.approx(share, abs=1e-3)
    assert one["suppressed"] == {}
    assert document["problems"] == []


def test_a_table_for_a_spreadsheet(tmp_path: Path, endpoint: PracticeEndpoint) -> None:
    path = tmp_path / "numbers.csv"
    assert run("--csv", str(path), "--by", "hour").exit_code == 0
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    assert list(rows[0]) == [*KEY_COLUMNS, *BIN_COLUMNS, *RATE_COLUMNS]
    assert {name: sum(int(row[name]) for row in rows) for name in COUNTS} == sent(endpoint)
    assert len(rows) > 300
    alone = run("--csv", "-", "--days", "1")
    assert len(list(csv.DictReader(io.StringIO(alone.stdout)))) == 2


def test_several_regions_are_blocks_of_their_own() -> None:
    result = run("--region", "us-east-1", "--region", "eu-west-1")
    assert result.exit_code == 0
    assert "✓ us-east-1" in result.stdout
    assert "? eu-west-1" in result.stdout
    _, document = record("--region", "eu-west-1")
    assert document["accounts"][0]["periods"] == []
    assert document["verdict"]["level"] == "unknown"


@pytest.mark.parametrize(
    ("status", "fail_at", "code"),
    [
        ("PROBATION", None, 1),
        ("PROBATION", "early", 1),
        ("PROBATION", "pause", 0),
        ("SHUTDOWN", "pause", 1),
        ("HEALTHY", "early", 0),
    ],
)
def test_the_exit_code_is_one_past_the_threshold(
    connected: Practice, status: Any, fail_at: str | None, code: int
) -> None:
    connected.enforce(status)
    result = run(*(["--fail-at", fail_at] if fail_at else []))
    assert result.exit_code == code
    assert record(*(["--fail-at", fail_at] if fail_at else []))[1]["ok"] == (code == 0)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_exit_code_is_two_where_it_cannot_be_said(connected: Practice, operation: str) -> None:
    connected.plant_fault("deny", operation=operation)
    result = run()
    assert result.exit_code == 2
    assert " ".join(result.stdout.split()).count("cannot be read (AccessDenied") == 1
    assert ("What was sent could not be read." in result.stdout) == (operation == "GetSendStatistics")
    assert "Nothing was sent" not in result.stdout
    code, document = record()
    assert (code, document["ok"]) == (2, False)
    assert document["problems"][0]["next_step"]
    assert (document["accounts"][0]["periods"] is None) == (operation == "GetSendStatistics")


def test_an_account_that_is_not_there_has_not_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # nobody listens there
    result = run("--region", "us-east-1", "--region", "eu-west-1")
    assert result.exit_code == 2
    assert result.stdout.count("What was sent could not be read.") == 2
    assert "Nothing was sent" not in result.stdout


def test_what_is_past_a_threshold_counts_more_than_what_is_missing(connected: Practice) -> None:
    connected.enforce("SHUTDOWN")
    connected.plant_fault("deny", operation="GetSendStatistics")
    assert run().exit_code == 1


def test_a_list_that_may_not_be_read_is_said_and_is_no_failure(connected: Practice) -> None:
    connected.plant_fault("deny", operation="ListSuppressedDestinations")
    result = run()
    assert result.exit_code == 0
    assert "unread    The suppression list" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--zone", "Europe/Berlim"], "Do you mean Europe/Berlin"),
        (["--live", "--endpoint-url", "http://127.0.0.1:1"], "leave --endpoint-url out"),
        (["--csv", "connector.json/numbers.csv"], "cannot be written"),
    ],
)
def test_what_makes_no_sense_is_said(arguments: list[str], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_profile_that_does_not_exist_is_said_alone_and_beside_others() -> None:
    alone = run("--profile", "nobody")
    assert (alone.exit_code, "ProfileNotFound" in alone.stderr) == (2, True)
    both = run("--profile", "nobody", "--profile", "neither")
    assert both.exit_code == 2
    assert both.stdout.count("ProfileNotFound") >= 2


def test_what_was_read_is_kept_in_the_project(project: Path, endpoint: PracticeEndpoint) -> None:
    run("--no-history")
    assert not (project / "runs").exists()
    assert run().exit_code == 0
    kept = bins_frame(project, account_id=endpoint.account_id)
    assert {name: int(kept[name].sum()) for name in COUNTS} == sent(endpoint)
    assert "note" not in run().stdout
    (project / "runs" / "history.sqlite").write_text("no history")
    broken = run()
    assert (broken.exit_code, broken.stderr[:18]) == (0, "Nothing was kept: ")
    assert "Healthy: " in broken.stdout


def test_another_account_under_the_same_name_is_said(project: Path, endpoint: PracticeEndpoint) -> None:
    with writing(project) as history:
        place = ("endpoint", "999999999999", "us-east-1")
        note_fetch_of(history, place, "us-east-1", datetime(2026, 6, 1, tzinfo=UTC), ["bins"])
    result = run()
    assert result.exit_code == 0
    said = " ".join(result.stdout.split())
    assert "note us-east-1 is another account now than on 1 June 2026." in said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is of Linux")
@pytest.mark.parametrize("option", ["--days=1", "--json"])
def test_a_full_disk_is_no_threshold_that_was_passed(option: str) -> None:
    command = [sys.executable, "-c", "from sesutil.cli import main; main()", "stats", "--no-history", option]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "What was read could not be printed: No space left on device.\n"


def test_the_project_s_own_practice_account_without_a_word(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    result = run()
    assert result.exit_code == 0
    assert result.stdout.startswith("PRACTICE  us-east-1")
    assert "Nothing was sent within two weeks" in result.stdout
    assert "unread" not in result.stdout  # the sandbox has no suppression list, and that is no news
