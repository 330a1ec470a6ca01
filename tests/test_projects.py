from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sesutil import InvalidConfig, ProjectError, init_project, open_project
from sesutil.config import UsageType
from sesutil.files import project_folder, replace_file
from sesutil.projects import load_config


def test_a_new_project(tmp_path: Path) -> None:
    made = init_project(tmp_path / "mine")
    assert "connector.json" in made
    assert "templates/BindMfa.html" in made
    project = open_project(tmp_path / "mine")
    assert project.config.usage_types() == list(UsageType)
    assert str(tmp_path) not in repr(project)
    assert (tmp_path / "mine" / "connector.json").stat().st_mode & 0o077 == 0
    assert "connector.json" in (tmp_path / "mine" / ".gitignore").read_text()


def test_what_is_there_is_kept(tmp_path: Path, document: dict[str, Any]) -> None:
    (tmp_path / "connector.json").write_text(json.dumps(document))
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "SignIn.html").write_text("mine")
    made = init_project(tmp_path)
    assert "connector.json" not in made
    assert "templates/SignIn.html" not in made
    assert (tmp_path / "templates" / "SignIn.html").read_text() == "mine"
    assert init_project(tmp_path) == []


def test_templates_in_the_json_win(tmp_path: Path, document: dict[str, Any]) -> None:
    init_project(tmp_path)
    (tmp_path / "connector.json").write_text(json.dumps(document))
    assert len(load_config(tmp_path / "connector.json").templates) == 4


def test_both_together_are_what_logto_takes(tmp_path: Path, document: dict[str, Any]) -> None:
    init_project(tmp_path)
    del document["templates"]
    (tmp_path / "connector.json").write_text(json.dumps(document))
    logto = load_config(tmp_path / "connector.json").to_logto()
    assert [template["usageType"] for template in logto["templates"]] == list(UsageType)
    assert logto["accessKeySecret"] == document["accessKeySecret"]


def test_a_mapping_is_taken_as_logto_takes_it(document: dict[str, Any]) -> None:
    del document["accessKeySecret"]
    with pytest.raises(InvalidConfig, match="accessKeySecret"):
        load_config(document)


def test_a_missing_template_file(tmp_path: Path) -> None:
    init_project(tmp_path)
    (tmp_path / "templates" / "Register.html").unlink()
    with pytest.raises(InvalidConfig, match=r"UsageType \(Register\) should be provided"):
        open_project(tmp_path)


def test_a_template_without_a_subject(tmp_path: Path) -> None:
    init_project(tmp_path)
    (tmp_path / "templates" / "SignIn.html").write_text("<p>{{code}}</p>")
    with pytest.raises(InvalidConfig, match="<title>"):
        open_project(tmp_path)


def test_a_template_in_another_encoding(tmp_path: Path) -> None:
    init_project(tmp_path)
    (tmp_path / "templates" / "SignIn.html").write_bytes("<title>ü</title>".encode("latin-1"))
    with pytest.raises(ProjectError, match="UTF-8"):
        open_project(tmp_path)


def test_no_project(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match="sesutil init"):
        open_project(tmp_path)


def test_made_on_demand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert open_project(create=True).folder == tmp_path
    assert not (tmp_path / "notebooks" / "connector.json").exists()


def test_which_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    assert project_folder(deep) == deep
    (tmp_path / "connector.json").write_text("{}")
    assert project_folder(deep) == tmp_path
    monkeypatch.setenv("SESUTIL_PROJECT", str(deep))
    assert project_folder(tmp_path) == deep


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        replace_file(path, "half \ud83d")
    assert path.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["file.json"]
    replace_file(path, "new", private=True)
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ProjectError, match="writable"):
        init_project(tmp_path / "file")
