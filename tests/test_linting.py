"""The lint: the corpus of faulty templates, what is odd, what a project as a whole has, and the settings."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import HERE, ROOT
from sesutil import InvalidParameters, LintSettings, ProjectError, init_project, lint_project, lint_template
from sesutil.config import EmailTemplate, UsageType
from sesutil.linting.checks import MOST_OF_A_RULE, TOO_LARGE, lint_email_template
from sesutil.linting.contrast import Colour, contrast
from sesutil.linting.findings import FINDING_COLUMNS, Finding, findings_frame, worst
from sesutil.linting.project import lint_file
from sesutil.linting.settings import read_settings
from sesutil.linting.wording import stated_lifetimes
from sesutil.projects import starter_text

TEMPLATES = HERE / "templates"
CORPUS: list[dict[str, Any]] = json.loads((TEMPLATES / "corpus.json").read_text(encoding="utf-8"))


def lint(entry: dict[str, Any]) -> list[Finding]:
    data = (TEMPLATES / entry["file"]).read_bytes()
    return lint_template(data, entry["usage_type"], language=entry["language"])


def above_hint(findings: list[Finding]) -> list[tuple[str, int | None]]:
    return [(finding.rule, finding.line) for finding in findings if finding.above_hint]


def names(entry: dict[str, Any]) -> str:
    return str(entry["file"])


@pytest.mark.parametrize("entry", [item for item in CORPUS if not item.get("odd")], ids=names)
def test_one_fault_is_found_at_its_line_and_nothing_else(entry: dict[str, Any]) -> None:
    expected = [(entry["rule"], entry["line"])] if entry["rule"] else []
    assert above_hint(lint(entry)) == expected, entry["why"]


@pytest.mark.parametrize("entry", [item for item in CORPUS if item.get("odd")], ids=names)
def test_odd_input_is_survived(entry: dict[str, Any]) -> None:
    findings = lint(entry)
    if entry["rule"]:
        assert (entry["rule"], entry["line"]) in above_hint(findings), entry["why"]


def test_the_corpus_is_whole() -> None:
    files = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")}
    assert files == {item["file"] for item in CORPUS}
    assert sum(bool(item["rule"]) and not item.get("odd") for item in CORPUS) >= 60


@pytest.mark.parametrize("usage_type", UsageType)
@pytest.mark.parametrize("language", ["en", "de"])
def test_starters_have_nothing_above_hint(usage_type: UsageType, language: str) -> None:
    text = starter_text(usage_type, language)
    assert text is not None
    assert above_hint(lint_template(text, usage_type, language=language)) == []


@pytest.mark.parametrize("entry", [item for item in CORPUS if item["rule"]], ids=names)
def test_every_finding_says_what_and_what_to_do(entry: dict[str, Any]) -> None:
    for finding in lint(entry):
        assert finding.message.endswith((".", "?", "…"))
        assert finding.fix.strip()
        assert finding.line
        assert finding.line >= 1
        assert finding.column
        assert finding.column >= 1


STARTER = starter_text("SignIn", "en") or ""


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_anything_can_be_linted(data: st.DataObject) -> None:
    """A template cut anywhere, with anything put anywhere: findings, never an exception."""
    piece = st.sampled_from(
        [
            "<",
            ">",
            '"',
            "'",
            "{{",
            "}}",
            "/*",
            "*/",
            "<!--",
            "-->",
            "<title>",
            "</p>",
            "&#0;",
            "\0",
            "\ud83d",
            "\r",
        ]
    )
    text = STARTER
    for _ in range(data.draw(st.integers(1, 4))):
        begin = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(begin, min(begin + 200, len(text))))
        text = text[:begin] + data.draw(piece | st.text(max_size=5)) + text[end:]
    text = text[: data.draw(st.integers(0, len(text)))]
    for finding in lint_template(text, "SignIn"):
        assert finding.line
        assert 1 <= finding.line <= text.count("\n") + text.count("\r") + 1


NASTY = {
    "deep elements": "<title>x</title>" + "<div>" * 5000 + "{{code}}",
    "deep formatting": "<a><b><i><u>" * 1000,
    "deep brackets": '<p style="width:' + "(" * 5000 + '">',
    "deep at-rules": "<style>" + "@media x{" * 3000,
    "deep selectors": "<style>" + ":not(" * 3000 + "a{b:c}</style>",
    "braces": "{{" * 50_000,
    "braces in threes": "{{{" * 50_000,
    "open comments": "<!--" * 50_000,
    "open titles": "<title>" * 20_000,
    "angle brackets": "<" * 100_000,
    "rules": "<style>" + ".a .b>c{color:red}" * 2000 + "</style>" + "<p class='a b'>x</p>" * 100,
    "distinct rules": "<style>"
    + "".join(f"a > .b{n}{{color:red}}" for n in range(5000))
    + "</style>"
    + "<p>x" * 2000,
    "attributes": "<p " + " ".join(f"a{n}=1" for n in range(10_000)) + ">",
    "long": STARTER * 100,
    "open quotes": "<html lang=en><title>x</title>" + "<p style='" * 10_000,
    "open tags": "<a href=" * 12_000,
    "slashes": "<p/" * 30_000,
    "end marks": "</" * 50_000,
    "open placeholders": "{{code<b>" * 8000,
    "many rules": "<style>" + "p{color:red}" * 2000 + "</style>" + "<p>x" * 2000,
    "slow selectors": "<style>"
    + "".join(f"p:not(.x{n}) b{{color:red}}" for n in range(3000))
    + "</style>"
    + "<p><b>x" * 500,
}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", NASTY)
def test_nothing_takes_forever(name: str) -> None:
    findings = lint_template(NASTY[name], "SignIn")
    for rule in {finding.rule for finding in findings}:
        assert sum(finding.rule == rule for finding in findings) <= MOST_OF_A_RULE


def test_five_megabytes() -> None:
    findings = lint_template(STARTER * 1000, "SignIn")
    assert above_hint(findings) == [("size-large", 1)]
    assert " million bytes" in findings[0].message
    assert len(STARTER * 1000) > TOO_LARGE


def test_the_policys_lifetime_is_a_setting() -> None:
    text = STARTER.replace("only for a short time", "for 5 minutes", 2)
    rules = {finding.rule for finding in lint_template(text, "SignIn")}
    assert "lifetime-mismatch" in rules
    rules = {item.rule for item in lint_template(text, "SignIn", settings=LintSettings(code_lifetime=300))}
    assert "lifetime-mismatch" not in rules
    assert "lifetime-stated" in rules


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("valid for 10 minutes", [600]),
        ("zehn Minuten lang", [600]),
        ("eine Stunde", [3600]),
        ("half an hour", [1800]),
        ("600 Sekunden, 1 hour", [600, 3600]),
        ("a 10-minute code", [600]),
        ("10\u00a0min", [600]),
        ("within a minute or a second step", []),
        ("version 1.10 minutes of the meeting, 10 mints", []),
        ("minutes", []),
    ],
)
def test_lifetimes_in_words(text: str, seconds: list[float]) -> None:
    assert [found for _, _, found in stated_lifetimes(text)] == seconds


def test_contrast_of_known_pairs() -> None:
    white, black = Colour(1, 1, 1), Colour(0, 0, 0)
    grey = Colour(*(0x77 / 255,) * 3)
    assert contrast(white, black) == pytest.approx(21)
    assert contrast(grey, white) == pytest.approx(4.48, abs=0.01)
    assert Colour(0, 0, 0, 0.5).over(white)[:3] == (0.5, 0.5, 0.5)


def test_a_template_that_is_no_file() -> None:
    findings = lint_email_template(
        EmailTemplate(usageType="SignIn", subject="", content="<p lang=en>\n{{cod}}\n{{code}}")
    )
    assert set(above_hint(findings)) == {("subject-empty", 1), ("placeholder-unknown", 2)}
    findings = lint_email_template(
        EmailTemplate(usageType="SignIn", subject="{{link}} a\nb", content="<p lang=en>{{code}}</p>")
    )
    assert set(above_hint(findings)) == {("placeholder-unavailable", 1), ("subject-newline", 1)}


def test_clients_that_are_asked_for() -> None:
    text = STARTER.replace("padding:40px 16px;", "padding:40px 16px;display:flex;")
    assert ("client-breaks", 59) in above_hint(lint_template(text, "SignIn"))
    apple = LintSettings(clients=("apple-mail",))
    assert above_hint(lint_template(text, "SignIn", settings=apple)) == []
    with pytest.raises(InvalidParameters, match="gmail"):
        lint_template(text, "SignIn", settings=LintSettings(clients=("gmial",)))


# -- projects -------------------------------------------------------------------------------------


def rules_of(findings: list[Finding], above: bool = True) -> set[str]:
    return {finding.rule for finding in findings if finding.above_hint or not above}


def test_a_new_project_is_fine(tmp_path: Path) -> None:
    init_project(tmp_path)
    findings = lint_project(tmp_path)
    assert rules_of(findings) == set()
    assert {finding.file.split("/")[0] for finding in findings} == {"templates"}


def test_what_only_shows_together(tmp_path: Path) -> None:
    init_project(tmp_path)
    folder = tmp_path / "templates"
    (folder / "Register.html").unlink()
    (folder / "BindMfa.html").rename(folder / "BindMFA2.html")
    (folder / "en").mkdir()
    (folder / "en" / "Generic.html").write_text(starter_text("Generic", "en") or "")
    (folder / "klingon!").mkdir()
    (folder / "klingon!" / "Generic.html").write_text(starter_text("Generic", "en") or "")
    (tmp_path / "connector.json").write_text(
        '{"region": "eu-west-1", "accesKeyId": "x", "configurationSetName": 3}'
    )
    found = {(finding.rule, finding.file) for finding in lint_project(tmp_path) if finding.above_hint}
    assert ("template-missing", "templates/Register.html") in found
    assert ("file-name", "templates/BindMFA2.html") in found
    assert ("template-hidden", "templates/SignIn.html") in found
    assert ("template-hidden", "templates/Generic.html") not in found
    assert ("language-folder", "templates/klingon!") in found
    assert ("config-key-unknown", "connector.json") in found
    assert ("config-invalid", "connector.json") in found
    assert "language-gap" in rules_of(lint_project(tmp_path), above=False)
    assert (
        rules_of(lint_project(tmp_path, LintSettings(fallback_language="fr"))) & {"template-hidden"} == set()
    )


def test_templates_inside_the_config(project: Path, document: Any) -> None:
    document["templates"][0]["content"] = "<p lang=en>{{cod}}\n{{code}}</p>"
    (project / "connector.json").write_text(json.dumps(document))
    (project / "templates").mkdir()
    (project / "templates" / "SignIn.html").write_text(STARTER)
    findings = [finding for finding in lint_project(project) if finding.above_hint]
    assert ("placeholder-unknown", "connector.json templates[0]", 1) in {
        (item.rule, item.file, item.line) for item in findings
    }
    assert "files-unused" in rules_of(findings)


def test_files_that_cannot_be_read_are_findings(tmp_path: Path) -> None:
    init_project(tmp_path)
    (tmp_path / "connector.json").write_text("{")
    (tmp_path / "templates" / "SignIn.html").write_bytes(b"\xff\xfe\0")
    (tmp_path / "templates" / "Register.html").unlink()
    (tmp_path / "templates" / "Register.html").mkdir()
    assert rules_of(lint_project(tmp_path)) >= {"config-invalid", "encoding", "file-unreadable"}


def test_no_project(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="sesutil init"):
        lint_project(tmp_path)


def test_a_file_says_its_type(tmp_path: Path) -> None:
    for name in ("SignIn-new.html", "OrganizationInvitation.v2.html"):
        (tmp_path / name).write_text("<title>x</title><p lang=en>x</p>")
    (tmp_path / "templates" / "de").mkdir(parents=True)
    (tmp_path / "templates" / "de" / "BindMfa.html").write_text('<title>x</title><p lang="en">{{code}}</p>')
    assert above_hint(lint_file(tmp_path / "SignIn-new.html")) == [("code-missing", 1)]
    assert above_hint(lint_file(tmp_path / "OrganizationInvitation.v2.html")) == [("link-missing", 1)]
    assert above_hint(lint_file(tmp_path / "templates" / "de" / "BindMfa.html")) == [("language-mismatch", 1)]
    with pytest.raises(ProjectError, match="cannot be read"):
        lint_file(tmp_path / "none.html")


def test_settings_of_a_project(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == LintSettings()
    path = tmp_path / "sesutil.toml"
    path.write_text('[lint]\nclients = ["gmail"]\ncode_lifetime = 300\nfallback_language = "de"\n')
    assert read_settings(tmp_path) == LintSettings(("gmail",), 300, "de")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[lint", "cannot be read"),
        ("lint = 1", "should be a table"),
        ("[lint]\nclient = ['gmail']", "Do you mean clients"),
        ("[lint]\nclients = 'gmail'", "list of mail programs"),
        ("[lint]\ncode_lifetime = true", "number of seconds"),
        ("[lint]\nfallback_language = ''", "language tag"),
    ],
)
def test_settings_that_make_no_sense(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "sesutil.toml").write_text(text)
    with pytest.raises(ProjectError, match=said):
        read_settings(tmp_path)


def test_findings_as_a_frame() -> None:
    findings = lint_template("<p>x", "SignIn")
    frame = findings_frame(findings)
    assert list(frame.columns) == list(FINDING_COLUMNS)
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == FINDING_COLUMNS
    assert {name: str(dtype) for name, dtype in findings_frame([]).dtypes.items()} == FINDING_COLUMNS
    assert worst(findings) == "error"
    assert worst([]) is None


def test_every_rule_is_documented() -> None:
    page = (ROOT / "docs" / "lint.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    documented = {rule for line in rows for rule in re.findall(r"`([a-z-]+)`", line.split("|")[1])}
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "sesutil" / "linting").glob("*.py"))
    # the id and the severity stand next to each other wherever a finding is made
    made = set(re.findall(r'"([a-z]+(?:-[a-z]+)*)",\s+"(?:error|warning|hint)",', source))
    assert len(made) > 40
    assert made - {"error"} <= documented  # the list of severities looks alike
    assert {item["rule"] for item in CORPUS if item["rule"]} <= documented
    assert all(f'"{rule}"' in source or rule in ("code-missing", "link-missing") for rule in documented)


HEAD = '<!DOCTYPE html><html lang="en"><head><title>x</title></head><body>'


@pytest.mark.parametrize(
    "body",
    [
        '<table><tr><td style="font-size:0"><p style="font-size:16px">{{code}}</p></td></tr></table>',
        '<div style="visibility:hidden"><p style="visibility:visible">{{code}}</p></div>',
        '<p style="background-color:#fff;background:#000;color:#fff">{{code}}</p>',
        '<style>a:link{color:#fff}</style><div style="background:#000;color:#fff">{{code}} <a href="https://x.y/">a</a></div>',
        "<!--[if mso]><p>{{code}}</p><![endif]--><p>{{code}}</p>",
        "<!--\r\n" + "a\r\n" * 30 + "{{otp}} --><p>{{code}}</p>",
        "<style>@-ms-viewport{width:device-width}</style><p>{{code}}</p>",
        '<div style="display:none;visibility:hidden">preview</div><p>{{code}}</p>',
        "<p>{{code}}</p><p>You can request a new code after 60 seconds.</p><p>We reply within 2 days.</p>",
        '{{code}}<img alt="" src="https://x.y/a.png" srcset="https://x.y/w_1,h_2/a 1x, https://x.y/b 2x">',
        "<p>{{code}}</p><![ if !mso]><p>x</p><![ endif]>",
        "<p>{{code}}</p><![foo[",
        "<title-x>{{code}}</title-x>",
    ],
)
def test_what_real_mails_have_is_no_fault(body: str) -> None:
    found = above_hint(lint_template(f"{HEAD}{body}</body></html>", "SignIn"))
    assert [item for item in found if item[0] != "cut-off"] == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (f"{HEAD}<p>&#123;&#123;code&#125;&#125;</p>", "code-missing"),
        (f"{HEAD}<p>Code &#123;&#123;code}}}} now</p>", "code-missing"),
        ('<html lang="en"><title>&#123;&#123;otp}}</title><p>{{code}}</p>', "placeholder-unknown"),
        (f"{HEAD}<!--[if mso]>{{{{otp}}}}<![endif]--><p>{{{{code}}}}</p>", "placeholder-unknown"),
        (f'{HEAD}<p style="margin:0;color">x</p><p>{{{{code}}}}</p>', "css-fault"),
        (f"{HEAD}<p>{{{{application}}}} {{{{code}}}}</p>", "placeholder-object"),
        (f'{HEAD}<style>a:link{{color:#eee}}</style>{{{{code}}}} <a href="https://x.y/">a</a>', "contrast"),
    ],
)
def test_what_hides_is_found(text: str, rule: str) -> None:
    assert rule in {name for name, _ in above_hint(lint_template(text, "SignIn"))}


def test_an_invitations_own_variable() -> None:
    text = f'{HEAD}<a href="{{{{link}}}}">Join as {{{{role}}}}</a></body></html>'
    assert above_hint(lint_template(text, "OrganizationInvitation")) == [("placeholder-optional", 1)]
