"""connector.json written field by field: the rest stays, and nobody's change is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conftest import SECRET
from sesutil import open_project
from sesutil.connector_file import CONNECTOR_FIELDS, changed_fields, read_fields, save_fields
from sesutil.errors import InvalidConfig, InvalidParameters, ProjectError


def stored(project: Path) -> dict:
    return json.loads((project / "connector.json").read_text(encoding="utf-8"))


def test_what_is_read(project: Path) -> None:
    fields = read_fields(project)
    assert fields == {
        "accessKeyId": "AKIAEXAMPLE",
        "accessKeySecret": SECRET,
        "region": "us-east-1",
        "emailAddress": "Logto <no-reply@example.com>",
    }
    assert set(fields) < set(CONNECTOR_FIELDS)
    assert SECRET not in f"{fields!r} {fields}"  # a notebook that ends a cell with it stores its repr
    assert "AKIAEXAMPLE" in repr(fields)


def test_a_field_is_written_and_the_rest_stays(project: Path) -> None:
    before = {**stored(project), "note": ["mine", 1.0, None], "zzz": {"a": 1}}
    (project / "connector.json").write_text(json.dumps(before))
    save_fields(project, {"region": "eu-central-1", "configurationSetName": "logto", "emailAddress": None})
    after = stored(project)
    expected = {**before, "region": "eu-central-1", "configurationSetName": "logto"}
    del expected["emailAddress"]
    assert after == expected
    assert list(after)[: len(before) - 1] == [name for name in before if name != "emailAddress"]
    assert (project / "connector.json").stat().st_mode & 0o777 == 0o600
    open_project(project)


def test_an_empty_field_is_not_one_that_is_left_out(project: Path) -> None:
    save_fields(project, {"emailAddress": ""})
    assert stored(project)["emailAddress"] == ""


def test_a_null_that_is_not_asked_for_stays(project: Path) -> None:
    (project / "connector.json").write_text('{"region": "us-east-1", "configurationSetName": null}')
    save_fields(project, {"region": "eu-west-1"})
    assert stored(project) == {"region": "eu-west-1", "configurationSetName": None}
    with pytest.raises(InvalidConfig, match="configurationSetName: should be a string"):
        read_fields(project)
    save_fields(project, {"configurationSetName": None})
    assert read_fields(project) == {"region": "eu-west-1"}


def test_nothing_is_written_where_nothing_is_new(project: Path) -> None:
    path = project / "connector.json"
    before = path.read_text(), path.stat().st_mtime_ns
    save_fields(project, {"region": "us-east-1", "configurationSetName": None})
    assert (path.read_text(), path.stat().st_mtime_ns) == before


def test_a_change_of_somebody_else_is_not_overwritten(project: Path) -> None:
    known = read_fields(project)
    save_fields(project, {"region": "eu-west-3", "configurationSetName": "theirs"})
    with pytest.raises(ProjectError, match="changed meanwhile, in region") as caught:
        save_fields(project, {"region": "eu-north-1", "accessKeyId": "AKIAMINE"}, known=known)
    assert SECRET not in str(caught.value)
    assert stored(project)["region"] == "eu-west-3"
    assert stored(project)["accessKeyId"] == "AKIAEXAMPLE"
    save_fields(project, {"accessKeyId": "AKIAMINE"}, known=known)  # another field: both changes stand
    assert stored(project)["accessKeyId"] == "AKIAMINE"
    assert stored(project)["region"] == "eu-west-3"
    assert changed_fields(known, read_fields(project)) == ["accessKeyId", "region", "configurationSetName"]


def test_names_that_are_none(project: Path) -> None:
    before = stored(project)
    with pytest.raises(InvalidParameters, match="templates is no text field"):
        save_fields(project, {"region": "eu-west-1", "templates": "x"})
    assert stored(project) == before


@pytest.mark.parametrize(
    ("content", "said"), [("{", "is not JSON"), ("[]", "should be a JSON object"), ("", "is empty")]
)
def test_a_file_that_is_none_is_left_alone(project: Path, content: str, said: str) -> None:
    (project / "connector.json").write_text(content)
    for act in (lambda: save_fields(project, {"region": "x"}), lambda: read_fields(project)):
        with pytest.raises(InvalidConfig, match=said):
            act()
    assert (project / "connector.json").read_text() == content


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match="is not there"):
        save_fields(tmp_path, {"region": "x"})


def test_a_link_stays_a_link(project: Path, tmp_path: Path) -> None:
    real = (project / "connector.json").rename(tmp_path / "shared.json")
    (project / "connector.json").symlink_to(real)
    save_fields(project, {"region": "eu-west-1"})
    assert (project / "connector.json").is_symlink()
    assert json.loads(real.read_text())["region"] == "eu-west-1"


def test_half_a_surrogate_pair_is_written_as_json_writes_it(project: Path) -> None:
    (project / "connector.json").write_text('{"region": "x", "note": "\\ud83d"}')
    save_fields(project, {"region": "eu-west-1"})
    assert stored(project) == {"region": "eu-west-1", "note": "\ud83d"}


def test_a_folder_that_cannot_be_written(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sesutil.connector_file.replace_file", full)
    with pytest.raises(ProjectError, match=r"cannot be written: No space left on device"):
        save_fields(project, {"region": "eu-west-1"})
