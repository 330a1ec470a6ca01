"""Templates as files: what a file says, and that nothing is lost on the way to JSON and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sesutil import InvalidConfig, ProjectError, init_project
from sesutil.config import UsageType
from sesutil.exchange import (
    compare_templates,
    export_config,
    export_stored,
    export_templates,
    import_templates,
    parse_exchange,
)
from sesutil.templates import (
    NotText,
    decode_template,
    encode_template,
    format_template,
    parse_template,
    read_stored_templates,
    read_templates,
)
from sesutil.versions import list_versions


def test_the_title_is_the_subject() -> None:
    text = "<html><head>\n<title>\n Tom &amp; J&uuml;rgen\n </title></head><p>x</p>"
    assert parse_template(text).subject == "Tom & Jürgen"
    assert parse_template(text).content == text
    assert parse_template("<p>x</p>").subject is None


def test_a_subject_that_the_html_does_not_have_stands_in_a_first_line() -> None:
    text = format_template("A < B & C", "<p>{{code}}</p>")
    assert text.count("\n") == 1
    parsed = parse_template(text)
    assert (parsed.subject, parsed.content) == ("A < B & C", "<p>{{code}}</p>")
    assert parsed.has_subject_line
    windows = parse_template(text.replace("\n", "\r\n", 1))
    assert (windows.subject, windows.content) == ("A < B & C", "<p>{{code}}</p>")


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
MARKUP = st.lists(
    st.sampled_from(
        [
            "<title>",
            "</title>",
            "a",
            "&amp;",
            "\r\n",
            "\n",
            " ",
            "<p>",
            "\ufeff",
            '<title data-sesutil="x">',
            "</p>",
        ]
    )
).map("".join)


@given(TEXTS | MARKUP, TEXTS | MARKUP)
def test_any_subject_and_content_come_back(subject: str, content: str) -> None:
    text = decode_template(encode_template(format_template(subject, content)))
    parsed = parse_template(text)
    assert (parsed.subject, parsed.content) == (subject, content)


@pytest.mark.parametrize(
    ("data", "line", "column", "said"),
    [
        ("a\nü".encode("latin-1"), 2, 1, "0xFC"),
        ("a\r\n<p>ü".encode("latin-1"), 2, 4, "0xFC"),
        ("abc".encode("utf-16"), 1, 1, "UTF-16"),
        (b"ab\0", 1, 3, "NUL"),
    ],
)
def test_what_is_no_text(data: bytes, line: int, column: int, said: str) -> None:
    with pytest.raises(NotText, match=said) as caught:
        decode_template(data)
    assert (caught.value.line, caught.value.column) == (line, column)


def config_of(templates: Any) -> dict[str, Any]:
    return {"region": "eu-central-1", "accessKeyId": "AKIAEXAMPLE", "templates": templates}


def write(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


NAMES = st.sampled_from([*UsageType, "Other", "../up", "a b", "", "signin", "CON", "ü", "x" * 80])
ITEMS = st.lists(
    st.fixed_dictionaries(
        {"usageType": NAMES, "subject": TEXTS, "content": TEXTS}, optional={"note": st.integers() | st.none()}
    ),
    min_size=1,
    max_size=6,
)
STORED = st.lists(
    st.fixed_dictionaries(
        {
            "languageTag": st.sampled_from(["de", "DE", "pt-BR", "klingon-xx", "../..", "a/b"]),
            "templateType": st.sampled_from(list(UsageType)),
            "details": st.fixed_dictionaries(
                {"subject": TEXTS, "content": TEXTS},
                optional={"replyTo": TEXTS, "contentType": st.just("text/html")},
            ),
        },
        optional={"id": TEXTS, "createdAt": st.integers(), "tenantId": st.just("default")},
    ),
    min_size=1,
    max_size=6,
)
EACH_ITS_FOLDER = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@EACH_ITS_FOLDER
@given(ITEMS)
def test_import_then_export_of_a_config(tmp_path_factory: pytest.TempPathFactory, items: Any) -> None:
    folder = tmp_path_factory.mktemp("project")
    import_templates(folder, write(folder / "in.json", config_of(items)))
    assert export_config(folder) == config_of(items)
    assert {path.parent for path in folder.rglob("*.html")} <= {folder / "templates"}
    import_templates(folder, write(folder / "in.json", items[::-1]))
    assert export_templates(folder) == items[::-1]


@EACH_ITS_FOLDER
@given(STORED)
def test_import_then_export_of_a_list(tmp_path_factory: pytest.TempPathFactory, items: Any) -> None:
    folder = tmp_path_factory.mktemp("project")
    import_templates(folder, write(folder / "in.json", items))
    assert export_stored(folder) == items
    assert {path.parents[2] for path in folder.rglob("*.html") if ".sesutil" not in path.parts} == {folder}


def test_plain_templates_need_no_manifest(tmp_path: Path) -> None:
    init_project(tmp_path)
    before = export_config(tmp_path), export_stored(tmp_path)
    import_templates(tmp_path, write(tmp_path / "in.json", before[0]))
    import_templates(tmp_path, write(tmp_path / "in.json", before[1]))
    assert not (tmp_path / "templates" / "logto.json").exists()
    assert (export_config(tmp_path), export_stored(tmp_path)) == before


def test_an_import_replaces_and_keeps_versions(tmp_path: Path, document: Any) -> None:
    init_project(tmp_path)
    old = (tmp_path / "templates" / "SignIn.html").read_text()
    plan = import_templates(tmp_path, write(tmp_path / "in.json", document))
    assert "templates/BindMfa.html" in plan.removed
    assert "templates/SignIn.html" in plan.changed
    assert plan.fields == "taken"
    assert len(read_templates(tmp_path / "templates")) == 4
    assert len(read_stored_templates(tmp_path / "templates")) == 9  # of another kind: they stay
    versions = list_versions(tmp_path, tmp_path / "templates" / "SignIn.html")
    assert [version.text() for version in versions] == [old]
    assert list_versions(tmp_path, tmp_path / "templates" / "BindMfa.html")
    assert (tmp_path / "connector.json").stat().st_mode & 0o077 == 0


def test_an_import_that_keeps_the_others(tmp_path: Path, document: Any) -> None:
    init_project(tmp_path)
    source = write(tmp_path / "in.json", document["templates"])
    plan = import_templates(tmp_path, source, keep=True)
    assert plan.removed == []
    assert len(read_templates(tmp_path / "templates")) == 9


def test_ones_own_config_is_moved_into_files(project: Path, document: Any) -> None:
    before = export_config(project)
    import_templates(project, project / "connector.json")
    assert "templates" not in json.loads((project / "connector.json").read_text())
    assert export_config(project) == before == document


def test_files_that_would_count_for_nothing(project: Path, document: Any) -> None:
    with pytest.raises(ProjectError, match="sesutil templates import connector"):
        import_templates(project, write(project / "in.json", document["templates"]))
    assert not (project / "templates").exists()


def test_a_project_of_its_own_keeps_its_fields(tmp_path: Path, document: Any) -> None:
    write(tmp_path / "connector.json", {"region": "eu-west-1"})
    plan = import_templates(tmp_path, write(tmp_path / "in.json", document))
    assert plan.fields == "kept"
    assert json.loads((tmp_path / "connector.json").read_text()) == {"region": "eu-west-1"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "holds no templates"),
        ('{"a": 1}', "holds no templates"),
        ("7", "holds no templates"),
        ('[{"usageType": "SignIn", "subject": "x"}]', r"templates\[0\].content: is required"),
        ('[{"usageType": "SignIn", "subject": 1, "content": "x"}]', "should be a string"),
        ('[{"languageTag": "de", "templateType": "SignIn"}]', "details: should be an object"),
        (
            '[{"usageType": "SignIn", "subject": "x", "content": "\\ud83d"}]',
            "SignIn.html: .*half of a character",
        ),
        ('[{"usageType": "SignIn", "subject": "x", "content": "\\u0000"}]', "NUL"),
        ('[{"usageType": "SignIn", "subject": "x", "content": "x", "n": "\\ud800"}]', "half of a character"),
        (
            '{"region": "\\udc00", "templates": [{"usageType": "SignIn", "subject": "", "content": ""}]}',
            "half of",
        ),
    ],
)
def test_what_is_refused_changes_nothing(tmp_path: Path, content: str, said: str) -> None:
    init_project(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.html")}
    (tmp_path / "in.json").write_text(content)
    with pytest.raises((InvalidConfig, ProjectError), match=said):
        import_templates(tmp_path, tmp_path / "in.json")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.html")} == before


def test_shapes_of_logtos_answers(document: Any) -> None:
    answer = {"id": "x", "connectorId": "aws-ses-mail", "config": document}
    other = {"id": "y", "connectorId": "twilio", "config": {}}
    for shape in (document, answer, [other, answer]):
        assert parse_exchange(shape).items == document["templates"]
    stored = {"languageTag": "de", "templateType": "SignIn", "details": {"subject": "a", "content": "b"}}
    for body in ([stored], {"templates": [stored]}, stored):
        assert parse_exchange(body).kind == "email-templates"


def test_what_differs(tmp_path: Path, document: Any) -> None:
    init_project(tmp_path)
    source = write(tmp_path / "in.json", document)
    states = {item.name: item.state for item in compare_templates(tmp_path, document)}
    assert states["SignIn.html"] == "changed"
    assert states["BindMfa.html"] == "only here"
    import_templates(tmp_path, source)
    assert {item.state for item in compare_templates(tmp_path, document)} == {"equal"}


def test_a_manifest_that_cannot_be_read(tmp_path: Path) -> None:
    init_project(tmp_path)
    for content in ("{", "[]", '{"templates": [1]}', '{"templates": [{"file": 1}]}'):
        (tmp_path / "templates" / "logto.json").write_text(content)
        with pytest.raises(ProjectError, match=r"logto.json .*remove it"):
            read_templates(tmp_path / "templates")
