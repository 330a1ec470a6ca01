"""sesutil lint, preview and templates, each in a process of its own, as a person types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sesutil import build_request, init_project, open_project
from sesutil.projects import starter_text
from test_cli import sesutil


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    init_project(tmp_path)
    return tmp_path


def spoil(folder: Path, old: str = "{{code}}", new: str = "{{cod}} {{code}}") -> None:
    path = folder / "templates" / "SignIn.html"
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize(
    "command",
    [
        ["lint"],
        ["preview"],
        ["templates"],
        *(["templates", name] for name in ("list", "import", "export", "diff")),
    ],
)
def test_help(command: list[str], tmp_path: Path) -> None:
    done = sesutil(*command, "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_lint_of_a_new_project(folder: Path) -> None:
    done = sesutil("lint", cwd=folder)
    assert done.returncode == 0
    assert done.stdout.startswith("0 errors, 0 warnings, ")
    assert "--hints shows them" in done.stdout
    assert "client-differs" in sesutil("lint", "--hints", cwd=folder).stdout


def test_lint_says_where_and_what(folder: Path) -> None:
    spoil(folder)
    done = sesutil("lint", cwd=folder)
    assert done.returncode == 1
    assert "templates/SignIn.html\n  70:" in done.stdout
    assert "Do you mean {{code}}?" in " ".join(done.stdout.split())
    assert "1 error, 0 warnings" in done.stdout


def test_lint_for_a_program(folder: Path) -> None:
    spoil(folder)
    done = sesutil("lint", "--json", cwd=folder)
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert (answer["ok"], answer["errors"], answer["warnings"]) == (False, 1, 0)
    found = [item for item in answer["findings"] if item["severity"] == "error"]
    assert found[0] | {"message": "", "fix": ""} == {
        "rule": "placeholder-unknown",
        "severity": "error",
        "message": "",
        "fix": "",
        "line": 70,
        "column": found[0]["column"],
        "file": "templates/SignIn.html",
        "usage_type": "SignIn",
        "language": None,
        "clients": [],
    }


def test_lint_of_files(tmp_path: Path, document: dict[str, Any]) -> None:
    (tmp_path / "mail.html").write_text(starter_text("OrganizationInvitation", "en") or "")
    assert sesutil("lint", "mail.html", cwd=tmp_path).returncode == 1
    assert sesutil("lint", "mail.html", "-t", "organizationinvitation", cwd=tmp_path).returncode == 0
    assert (
        sesutil("lint", "mail.html", "-t", "OrganizationInvitation", "-l", "de", cwd=tmp_path).returncode == 1
    )
    (tmp_path / "config.json").write_text(json.dumps(document))
    done = sesutil("lint", "config.json", cwd=tmp_path)
    assert "config.json templates[0]" in done.stdout
    (tmp_path / "mine").mkdir()
    init_project(tmp_path / "mine")
    assert sesutil("lint", "mine", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lint"], "sesutil init"),
        (["lint", "none.html"], "cannot be read"),
        (["lint", "x.html", "-t", "Signin2"], "Do you mean SignIn?"),
        (["lint", "x.html", "--client", "gmial"], "gmail"),
        (["preview", "SignUp"], "There is no usage type 'SignUp'"),
        (["preview", "SignIn"], "sesutil init"),
        (["templates", "import", "none.json"], "is not there"),
        (["templates", "import", "x.html"], "is not JSON"),
        (["templates", "export"], "sesutil init"),
        (["templates", "restore", "../../etc/passwd", "x"], "is no template of this project"),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "x.html").write_text("<p>x")
    done = sesutil(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr


def test_settings_come_from_the_project_and_the_command(folder: Path) -> None:
    spoil(folder, "only for a short time", "for 5 minutes")
    assert sesutil("lint", cwd=folder).returncode == 1
    assert sesutil("lint", "--code-lifetime", "300", cwd=folder).returncode == 0
    (folder / "sesutil.toml").write_text("[lint]\ncode_lifetime = 300\n")
    assert sesutil("lint", cwd=folder).returncode == 0


def test_preview_as_text_page_and_bytes(folder: Path) -> None:
    done = sesutil("preview", "SignIn", "--code", "482913", cwd=folder)
    assert done.returncode == 0
    assert done.stdout.startswith("Your sign-in code\n")
    assert "\n482913\n" in done.stdout
    assert sesutil("preview", "SignIn", "-o", "page.html", cwd=folder).returncode == 0
    assert 'sandbox=""' in (folder / "page.html").read_text()
    assert sesutil("preview", "signin", "--raw", "-o", "mail.html", cwd=folder).returncode == 0
    request = build_request(
        open_project(folder).config, to="a@b.org", usage_type="SignIn", payload={"code": "000000"}
    )
    sent = request["Content"]["Simple"]["Body"]["Html"]["Data"]
    assert (folder / "mail.html").read_bytes() == sent.encode()
    assert sesutil("preview", "SignIn", "--raw", cwd=folder).stdout == sent


def test_preview_in_a_language_and_with_context(folder: Path) -> None:
    done = sesutil("preview", "SignIn", "-l", "de", "--json", cwd=folder)
    answer = json.loads(done.stdout)
    assert (answer["template"], answer["subject"]) == ("de/SignIn", "Ihr Code für die Anmeldung")
    assert json.loads(sesutil("preview", "SignIn", "-l", "fr", "--json", cwd=folder).stdout)["template"] == (
        "SignIn of the connector"
    )
    spoil(folder, "Sign in</h1>", "{{application.name}} {{mine}}</h1>")
    arguments = ["--context", "full", "--payload", '{"mine": 1}']
    assert "Sample app 1" in sesutil("preview", "SignIn", *arguments, cwd=folder).stdout
    assert "{{application.name}}" in sesutil("preview", "SignIn", cwd=folder).stdout


def test_the_grid(folder: Path) -> None:
    done = sesutil("templates", "list", "-l", "fr", cwd=folder)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["usage", "type", "any", "language", "de", "fr"]
    assert "! SignIn of the connector" in lines[1]
    answer = json.loads(sesutil("templates", "list", "--json", cwd=folder).stdout)
    assert len(answer["choices"]) == 18
    assert answer["hidden"] == []


def test_there_and_back(tmp_path: Path, document: dict[str, Any]) -> None:
    (tmp_path / "in.json").write_text(json.dumps(document))
    done = sesutil("templates", "import", "in.json", cwd=tmp_path)
    assert done.returncode == 0
    assert "added    templates/SignIn.html" in done.stdout
    assert sesutil("templates", "diff", "in.json", cwd=tmp_path).returncode == 0
    assert sesutil("templates", "export", "-o", "out.json", cwd=tmp_path).returncode == 0
    assert json.loads((tmp_path / "out.json").read_text()) == document
    assert (tmp_path / "out.json").stat().st_mode & 0o077 == 0
    shown = sesutil("templates", "export", cwd=tmp_path)  # the fixture looks for the secret
    assert json.loads(shown.stdout)["templates"] == document["templates"]
    assert "accessKeySecret is left out" in shown.stderr
    only = sesutil("templates", "export", "--what", "templates", cwd=tmp_path).stdout
    assert json.loads(only) == document["templates"]


def test_a_dry_run_changes_nothing(folder: Path, document: dict[str, Any]) -> None:
    (folder / "in.json").write_text(json.dumps(document))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    done = sesutil("templates", "import", "in.json", "--dry-run", cwd=folder)
    assert "would be removed  templates/BindMfa.html" in done.stdout
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_versions_from_the_command_line(folder: Path, document: dict[str, Any]) -> None:
    old = (folder / "templates" / "SignIn.html").read_text()
    (folder / "in.json").write_text(json.dumps(document["templates"]))
    assert sesutil("templates", "diff", "in.json", cwd=folder).returncode == 1
    sesutil("templates", "import", "in.json", "--keep", cwd=folder)
    done = sesutil("templates", "diff", cwd=folder)
    assert done.returncode == 1
    assert "+<p>SignIn</p><p>{{code}}</p>" in done.stdout
    versions = json.loads(sesutil("templates", "versions", "SignIn", "--json", cwd=folder).stdout)
    assert len(versions) == 1
    assert sesutil("templates", "restore", "SignIn", versions[0]["name"], cwd=folder).returncode == 0
    assert (folder / "templates" / "SignIn.html").read_text() == old
