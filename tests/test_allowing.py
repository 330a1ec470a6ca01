"""Whom test mails may go to: the list in sesutil.toml, and that nothing gets past it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sesutil import Account, ConnectorConfig, read_inbox
from sesutil.allowing import Allowed, allowed_by, read_allowed
from sesutil.errors import NotAllowed, ProjectError
from sesutil.linting.settings import read_settings
from sesutil.panels import SendPanel
from sesutil.panels.pieces import run_now
from sesutil.projects import open_project
from test_cli import sesutil
from test_panels import raising_clicks  # noqa: F401  the fixture is used by its name

LIST = Allowed(("qa@Example.com", "@example.org", "@bücher.example", "QA team <Team+x@example.net>"))


@pytest.mark.parametrize(
    "address",
    [
        "qa@example.com",
        "qa@EXAMPLE.com",
        "qa+de@example.com",
        "qa+a+b@example.com",
        "Somebody <qa@example.com>",
        "anyone@example.org",
        "anyone@Example.ORG",
        "a@xn--bcher-kva.example",
        "a@bücher.example",
        "a@BÜCHER.example",
        "Team+x@example.net",
        "success@simulator.amazonses.com",
        "bounce+7@simulator.amazonses.com",
    ],
)
def test_who_may_be_sent_to(address: str) -> None:
    assert LIST.problem(address) is None
    LIST.check(address)


@pytest.mark.parametrize(
    "address",
    [
        "QA@example.com",
        "qa2@example.com",
        "qa@example.com.evil.test",
        "qa@sub.example.com",
        "a@sub.example.org",
        "a@notexample.org",
        "team+x@example.net",
        "Team@example.net",
        "Team+y@example.net",
        "Team+x+y@example.net",
        "qa@example.com <evil@there.test>",
        '"qa@example.com" <evil@there.test>',
        "ceo@simulator.amazonses.com",
        "success@simulator.amazonses.com.evil.test",
        "qa@example.com, evil@there.test",
        "nobody",
        "",
    ],
)
def test_who_may_not(address: str) -> None:
    assert LIST.problem(address) is not None
    with pytest.raises(NotAllowed):
        LIST.check(address)


def test_without_a_list_everybody_may(tmp_path: Path) -> None:
    assert read_allowed(tmp_path).problem("a@there.org") is None
    (tmp_path / "sesutil.toml").write_text("[lint]\ncode_lifetime = 300\n")
    assert read_allowed(tmp_path) == Allowed()
    (tmp_path / "sesutil.toml").write_text('[send]\nallow = ["*", "qa@example.com"]\n')
    assert read_allowed(tmp_path).everybody
    assert read_allowed(tmp_path).problem("a@there.org") is None


def test_an_empty_list_allows_the_simulator_alone(tmp_path: Path) -> None:
    (tmp_path / "sesutil.toml").write_text("[send]\nallow = []\n")
    allowed = read_allowed(tmp_path)
    assert not allowed.everybody
    assert allowed.problem("success@simulator.amazonses.com") is None
    assert "only the mailbox simulator" in str(allowed.problem("a@there.org"))


def test_the_sentence_names_the_file_and_the_line(tmp_path: Path) -> None:
    problem = Allowed(("qa@example.com",)).problem("Jo <jo@There.org>")
    assert problem is not None
    line = problem.partition("under [send]: ")[2]
    assert "sesutil.toml" in problem
    (tmp_path / "sesutil.toml").write_text(f"[send]\n{line}\n")
    assert read_allowed(tmp_path).problem("jo@there.org") is None
    assert read_allowed(tmp_path).problem("qa@example.com") is None
    many = Allowed(tuple(f"a{n}@example.com" for n in range(9))).problem("jo@there.org")
    assert many is not None
    assert 'add "jo@there.org" to the list allow' in many
    assert "and 6 more" in many
    assert "a7" not in many


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[send", "cannot be read"),
        ("send = 1", "should be a table"),
        ("allow = []", r"belongs into the table \[send\]"),
        ("[sends]\nallow = []", r"Do you mean \[send\]"),
        ("[xyz]", r"Known are: \[lint\], \[send\]"),
        ("fallback = 1", "stands in no table"),
        ("[send]\nalow = []", "Do you mean allow"),
        ("[send]\nallow = 'qa@example.com'", "should be a list"),
        ("[send]\nallow = [1]", "in quotes"),
        ("[send]\nallow = ['']", "is no address"),
        ("[send]\nallow = ['@']", "is no domain"),
        ("[send]\nallow = ['@org']", "is no domain"),
        ("[send]\nallow = ['example.org']", 'Do you mean "@example.org"'),
        ("[send]\nallow = ['*.example.org']", 'Do you mean "@example.org"'),
        ("[send]\nallow = ['*@example.org']", 'Do you mean "@example.org"'),
        ("[send]\nallow = ['a@b.org, c@d.org']", "is no address"),
        ("[lint]\nallow = []", "no setting lint.allow"),
    ],
)
def test_a_list_that_makes_no_sense(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "sesutil.toml").write_text(text)
    read = read_settings if text.startswith("[lint]") else read_allowed
    with pytest.raises(ProjectError, match=said):
        read(tmp_path)


def test_a_file_of_windows_is_read(tmp_path: Path) -> None:
    (tmp_path / "sesutil.toml").write_bytes('\ufeff[send]\r\nallow = ["@bücher.example"]\r\n'.encode())
    assert read_allowed(tmp_path).entries == ("@bücher.example",)


def test_another_config_does_not_leave_the_list_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "connector.json").write_text("{}")
    (tmp_path / "sesutil.toml").write_text('[send]\nallow = ["@outer.org"]\n')
    monkeypatch.chdir(tmp_path)
    assert allowed_by(inner / "connector.json").entries == ("@outer.org",)
    (inner / "sesutil.toml").write_text(
        '[lint]\nclients = ["gmail"]\n[send]\nallow = ["@inner.org", "jo@outer.org"]\n'
    )
    both = allowed_by(inner / "connector.json")
    assert both.problem("jo@outer.org") is None
    assert "sesutil.toml in the folder inner allows @inner.org" in str(both.problem("eve@outer.org"))
    assert f"sesutil.toml in the folder {tmp_path.name} allows @outer.org" in str(
        both.problem("jo@inner.org")
    )
    assert not both.everybody
    assert allowed_by().entries == ("@outer.org",)
    (inner / "sesutil.toml").write_text('[send]\nallow = ["*"]\n')
    assert allowed_by(inner / "connector.json").problem("jo@inner.org") is not None


def test_a_link_to_another_config_does_not_leave_its_list_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, here = tmp_path / "there", tmp_path / "here"
    there.mkdir()
    here.mkdir()
    (there / "connector.json").write_text("{}")
    (there / "sesutil.toml").write_text('[send]\nallow = ["@there.org"]\n')
    (here / "connector.json").symlink_to(there / "connector.json")
    monkeypatch.chdir(here)
    assert allowed_by(Path("connector.json")).problem("jo@here.org") is not None
    assert allowed_by(Path("connector.json")).problem("jo@there.org") is None


def test_the_command_sends_to_nobody_else(project: Path) -> None:
    (project / "sesutil.toml").write_text('[send]\nallow = ["@example.com"]\n')
    done = sesutil("send", "--to", "jo@there.org", cwd=project)
    assert done.returncode == 2
    assert 'allow = ["@example.com", "jo@there.org"]' in done.stderr
    assert done.stdout == ""
    assert not (project / ".sesutil").exists()  # not even an account was started
    done = sesutil("send", "--to", "jo@there.org", "--dry-run", cwd=project)
    assert done.returncode == 1
    assert '"jo@there.org"' in done.stdout
    assert "is not on the allow-list" in done.stderr
    assert sesutil("send", "--to", "jo@example.com", "--dry-run", cwd=project).returncode == 0


def test_the_panel_says_so_on_the_button_and_at_the_field(account: Account, project: Path) -> None:
    toml = project / "sesutil.toml"
    toml.write_text('[send]\nallow = ["qa@example.com"]\n')
    panel = SendPanel(account, open_project(project), runner=run_now)
    assert not panel.send_button.disabled  # the simulator
    panel.recipient.value = "jo@example.com"
    assert panel.send_button.description == "Send test mail: needs a recipient that sesutil.toml allows"
    assert (
        "allow = [&quot;qa@example.com&quot;, &quot;jo@example.com&quot;]"
        in panel._recipient_field._hint.value
    )
    panel.model.send()
    assert read_inbox(account) == []
    toml.write_text('[send]\nallow = ["@example.com"]\n')
    panel.recipient.value = "jo2@example.com"
    assert not panel.send_button.disabled
    toml.write_text('[send]\nallow = ["qa@example.com"]\n')  # forbidden after the last look
    panel.send_button.click()
    assert panel.model.state == "refused"
    assert isinstance(panel.model.error, NotAllowed)
    assert "is not on the allow-list" in panel._outcome.value
    assert read_inbox(account) == []


def test_a_list_that_cannot_be_read_allows_nothing(
    account: Account, config: ConnectorConfig, tmp_path: Path
) -> None:
    (tmp_path / "sesutil.toml").write_text("[send]\nalow = []\n")  # the folder one is working in
    panel = SendPanel(account, config, runner=run_now)
    assert panel.model.blockers == ["needs a sesutil.toml that can be read"]
    assert "Do you mean allow" in panel._recipient_field._hint.value
    panel.model.send()
    assert read_inbox(account) == []
