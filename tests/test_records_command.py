"""`sesutil records`: what to publish, in the forms that providers take, and whether it is there."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import dns.rdatatype
import dns.zone
import pytest

from sesutil.launching import practice_folder, stop_practice
from test_cli import sesutil


def test_what_is_there_and_what_is_missing(project: Path) -> None:
    done = sesutil("records", cwd=project)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("✓ found     dkim") == 3
    assert "✗ missing   dmarc" in done.stdout
    assert "enter one TXT record" in done.stdout
    answer = json.loads(sesutil("records", "--json", cwd=project).stdout)
    assert answer["identity"] == "example.com"
    assert [one["state"] for one in answer["records"]] == ["found"] * 3 + ["missing"]


def test_forms_for_providers(project: Path) -> None:
    zone_file = sesutil("records", "--format", "bind", cwd=project).stdout
    zone = dns.zone.from_text(zone_file, check_origin=False)
    assert len(list(zone.iterate_rdatasets(dns.rdatatype.CNAME))) == 3
    rows = list(csv.DictReader(io.StringIO(sesutil("records", "-f", "csv", cwd=project).stdout)))
    assert [row["type"] for row in rows] == ["CNAME", "CNAME", "CNAME", "TXT"]
    output = project / "batch.json"
    assert sesutil("records", "-f", "route53", "-o", str(output), cwd=project).stdout == ""
    batch = json.loads(output.read_text())
    assert {one["Action"] for one in batch["Changes"]} == {"CREATE"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["example.org"], "There is no identity"),
        (["www.example.org"], "www."),
        (["--live", "--preset", "new"], "--preset belongs to practice"),
    ],
)
def test_what_cannot_be_shown(project: Path, arguments: list[str], said: str) -> None:
    done = sesutil("records", *arguments, cwd=project)
    assert done.returncode == 2
    assert said in done.stderr


def test_an_account_without_identities(project: Path) -> None:
    done = sesutil("records", "--preset", "new", cwd=project)
    stop_practice(practice_folder(project, "new"))
    assert done.returncode == 2
    assert "Create it first" in done.stderr
