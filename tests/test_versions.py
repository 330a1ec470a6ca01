"""Earlier versions: kept at each save, listed, compared, restored; nothing lost when a save fails."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sesutil import ProjectError
from sesutil.versions import (
    TemplateChanged,
    difference,
    fingerprint,
    list_versions,
    restore_version,
    save_template,
    save_templates,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "templates" / "de" / "SignIn.html"


def test_saves_are_kept(tmp_path: Path, path: Path) -> None:
    for text in ("one", "two", "two", "three\r\n"):
        save_template(tmp_path, path, text)
    assert path.read_bytes() == b"three\r\n"
    assert [version.text() for version in list_versions(tmp_path, path)] == ["two", "one"]
    assert all(version.replaced_at.tzinfo for version in list_versions(tmp_path, path))


def test_a_version_is_restored_and_the_current_one_kept(tmp_path: Path, path: Path) -> None:
    for text in ("one", "two"):
        save_template(tmp_path, path, text)
    restore_version(tmp_path, path, list_versions(tmp_path, path)[0].name)
    assert path.read_text() == "one"
    assert [version.text() for version in list_versions(tmp_path, path)] == ["two", "one"]
    for name in ("", "1999", "2"):
        with pytest.raises(ProjectError, match=r"has (no version|several versions)"):
            restore_version(tmp_path, path, name)


def test_saves_at_the_same_time_by_the_clock(tmp_path: Path, path: Path) -> None:
    for number in range(5):
        save_template(tmp_path, path, str(number), now=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    assert [version.text() for version in list_versions(tmp_path, path)] == ["3", "2", "1", "0"]


def test_a_file_that_changed_meanwhile_is_not_replaced(tmp_path: Path, path: Path) -> None:
    save_template(tmp_path, path, "one")
    opened = fingerprint(path)
    path.write_text("somebody else's")
    with pytest.raises(TemplateChanged, match="Nothing was saved"):
        save_template(tmp_path, path, "mine", opened=opened)
    assert path.read_text() == "somebody else's"
    save_template(tmp_path, path, "mine", opened=fingerprint(path))
    assert list_versions(tmp_path, path)[0].text() == "somebody else's"


def test_a_removed_file_is_kept(tmp_path: Path, path: Path) -> None:
    save_template(tmp_path, path, "one")
    assert save_templates(tmp_path, {path: None}) == [path]
    assert not path.exists()
    assert list_versions(tmp_path, path)[0].text() == "one"
    restore_version(tmp_path, path, list_versions(tmp_path, path)[0].name)
    assert path.read_text() == "one"


def test_a_text_that_no_file_can_hold_changes_nothing(tmp_path: Path, path: Path) -> None:
    save_template(tmp_path, path, "one")
    other = path.with_name("Register.html")
    with pytest.raises(ProjectError, match="half of a character"):
        save_templates(tmp_path, {other: "fine", path: "\ud83d"})
    assert path.read_text() == "one"
    assert not other.exists()


def test_a_folder_that_cannot_be_made(tmp_path: Path, path: Path) -> None:
    (tmp_path / "templates").write_text("in the way")
    with pytest.raises(ProjectError, match="cannot be written"):
        save_template(tmp_path, path, "two")
    assert (tmp_path / "templates").read_text() == "in the way"


def test_a_place_that_is_a_folder(tmp_path: Path, path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(ProjectError):
        save_template(tmp_path, path, "two")
    assert path.is_dir()


def test_differences() -> None:
    assert difference("a\nb\n", "a\nc\n").splitlines()[-2:] == ["-b", "+c"]
    assert difference("a", "a") == ""
    assert "only line ends differ" in difference("a\r\n", "a\n")


def test_saves_at_once_lose_nothing(tmp_path: Path, path: Path) -> None:
    texts = [f"text {number}" for number in range(12)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda text: save_template(tmp_path, path, text), texts))
    kept = {version.text() for version in list_versions(tmp_path, path)} | {path.read_text()}
    assert kept == set(texts)


def test_a_link_out_of_the_project_is_not_followed(tmp_path: Path) -> None:
    project, outside = tmp_path / "project", tmp_path / "outside"
    (project / "templates").mkdir(parents=True)
    outside.mkdir()
    (outside / "SignIn.html").write_text("theirs")
    (project / "templates" / "fr").symlink_to(outside)
    with pytest.raises(ProjectError, match="lies outside the project"):
        save_template(project, project / "templates" / "fr" / "SignIn.html", "mine")
    assert (outside / "SignIn.html").read_text() == "theirs"


def test_a_version_comes_back_to_the_byte(tmp_path: Path, path: Path) -> None:
    path.parent.mkdir(parents=True)
    for data in (b"\xff\xfe\0", "\ufeffü\r\n".encode()):
        path.write_bytes(data)
        save_template(tmp_path, path, "new")
        restore_version(tmp_path, path)
        assert path.read_bytes() == data
