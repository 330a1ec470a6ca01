"""What a run, and a matrix, may be called, whatever the file system thinks of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from run_functions import as_named
from sesutil.errors import InvalidMatrix, InvalidParameters
from sesutil.testruns.matrix.jobs import run_job
from sesutil.testruns.matrix.reading import make_matrix, read_matrix
from sesutil.testruns.matrix.running import run_matrix
from sesutil.testruns.parameters import TestRunParameters

CJK = "\N{CJK UNIFIED IDEOGRAPH-8A66}"
HANGUL = "\N{HANGUL SYLLABLE GAG}"


@pytest.mark.parametrize("letter", [CJK, HANGUL, "\N{GRINNING FACE}", "a"])
def test_long_names_in_any_script_make_files(letter: str, tmp_path: Path) -> None:
    names = [f"a{letter * 77}", f"a{letter * 78}", f"a{letter * 76}b"]
    runs = {name: {"usage_types": ["SignIn"]} for name in names}
    run = run_matrix(make_matrix(f"m{letter * 100}", runs, folder=tmp_path), run_one=as_named)
    assert [result.state for result in run.results] == ["ok"] * 3
    assert len({result.notebook for result in run.results}) == 3
    for path in run.folder.iterdir():
        assert len(path.name.encode()) < 230


def test_files_that_cannot_be_are_one_runs_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sesutil.testruns.matrix.state._MOST_BYTES", 1000)  # as if names were not cut
    runs = {f"a{CJK * 78}": {"usage_types": ["SignIn"]}, "b": {"usage_types": ["SignIn"]}}
    done = []
    run = run_matrix(
        make_matrix("m", runs, folder=tmp_path),
        run_one=lambda job: run_job(job) if job.name != "b" else as_named(job),
        on_done=done.append,
    )
    assert [result.state for result in run.results] == ["stopped", "ok"]
    assert "cannot be written" in run.results[0].run.stopped
    assert len(done) == 2


@pytest.mark.parametrize("name", ["a\u202eb", "a\u0007b", "a\u2066b", " a", "..."])
def test_a_matrixs_name_is_checked_as_a_runs(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidMatrix, match="name"):
        make_matrix(name, {"a": {}})
    with pytest.raises(InvalidMatrix, match="name"):
        make_matrix("m", {name: {}})
    file = tmp_path / "m.yaml"
    escaped = name.encode("unicode_escape").decode()
    file.write_text(f'name: "{escaped}"\nruns:\n  - name: a\n', encoding="utf-8")
    with pytest.raises(InvalidMatrix, match="line 1: the matrix's name") as caught:
        read_matrix(file)
    assert not set(str(caught.value)) & set("\u202e\u0007\u2066")


@pytest.mark.parametrize("digits", [401, 5000])
@pytest.mark.parametrize("name", ["wait_seconds", "quota_reserve"])
def test_a_number_of_hundreds_of_digits_is_none(name: str, digits: int, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameters, match=name):
        TestRunParameters.check({name: 10 ** (digits - 1)})
    (tmp_path / "m.yaml").write_text(f"runs:\n  - {{name: a, {name}: {'9' * digits}}}\n")
    with pytest.raises(InvalidMatrix, match="line 2"):
        read_matrix(tmp_path / "m.yaml")
