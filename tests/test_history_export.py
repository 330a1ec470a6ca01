"""Files of the history for other programs: what a reader of each gets back, and what is not in them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pandas as pd
import pytest

from example_runs import every_outcome, result, run
from sesutil.errors import InvalidParameters, ProjectError
from sesutil.events.model import DeliveryEvent
from sesutil.history.database import history_path
from sesutil.history.deliveries import keep_events, kept_events_frame
from sesutil.history.exporting import _FRAMES, EXPORT_TABLES, export_history
from sesutil.history.keeping import keep_statistics
from sesutil.history.runs import record_run
from sesutil.history.sends import merge_bins
from test_history_sends import HERE, ME, START, bins, listing


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A history with something in each table."""
    merge_bins(tmp_path, ME, HERE, bins((0, 5, 1, 0, 0), (3, 2, 0, 0, 0)), read_at=START, source="=work")
    keep_statistics(tmp_path, listing(1, "=jo@example.org", "al@example.net"))
    event = DeliveryEvent("Delivery", START, "m1", ("jo@example.org",), subject="News")
    keep_events(tmp_path, ME, HERE, [event])
    said = "MessageRejected: these are not verified: jo@example.org"
    mails = [result("refused", recipient="Jo <jo@example.org>", error=said, sent_at=START), result()]
    record_run(tmp_path, run(mails, id="one", stopped="No mail to jo@example.org."))
    record_run(tmp_path, every_outcome())
    return tmp_path


def read_csv(path: Path, like: pd.DataFrame) -> pd.DataFrame:
    """As anybody would: texts as texts, times as times."""
    times = [name for name, dtype in like.dtypes.items() if str(dtype).startswith("datetime64")]
    others = {name: dtype for name, dtype in like.dtypes.items() if name not in times}
    frame = pd.read_csv(path, dtype=others, parse_dates=times, keep_default_na=False, na_values=[""])
    return frame.assign(**{name: pd.to_datetime(frame[name], utc=True).dt.as_unit("us") for name in times})


def test_both_formats_give_each_table_back(project: Path, tmp_path: Path) -> None:
    target = tmp_path / "export" / "of today"
    files = export_history(project, target, addresses=True)
    assert list(files) == [f"{name}.{kind}" for name in EXPORT_TABLES for kind in ("csv", "parquet")]
    assert {path.name for path in target.iterdir()} == set(files)
    for name, read in _FRAMES.items():
        expected = read(project)
        pd.testing.assert_frame_equal(pd.read_parquet(files[f"{name}.parquet"]), expected)
        found = read_csv(files[f"{name}.csv"], expected)
        texts = expected.select_dtypes("str").columns
        # An empty text and a missing one are the same in CSV, and a formula has an apostrophe in front.
        for frame in (found, expected):
            frame[texts] = frame[texts].fillna("").apply(lambda column: column.str.removeprefix("'"))
        pd.testing.assert_frame_equal(found, expected)


def test_an_export_to_be_passed_on_has_nobodys_address(project: Path, tmp_path: Path) -> None:
    files = export_history(project, tmp_path / "out")
    for path in files.values():
        data = path.read_bytes()
        assert b"jo@example.org" not in data, path.name
        assert b"al@example.net" not in data, path.name
    listed = pd.read_parquet(files["suppression.parquet"])
    assert list(listed["address"]) == ["=…@example.org", "a…@example.net"]
    results = pd.read_parquet(files["results.parquet"])
    assert "not verified: j…@example.org" in results.set_index("run_id").loc["one", "error"].iloc[0]
    assert str(results["recipient"].dtype) == "str"


def test_a_spreadsheet_gets_no_formula(project: Path, tmp_path: Path) -> None:
    files = export_history(project, tmp_path / "out", formats=["csv"])
    lines = [line for path in files.values() for line in path.read_text(encoding="utf-8").splitlines()]
    cells = [cell.strip('"') for line in lines for cell in line.split(",")]
    assert "'=work" in cells
    assert "'=…@example.org" in cells
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "@")]


def test_one_file_is_one_table(project: Path, tmp_path: Path) -> None:
    files = export_history(project, tmp_path / "b.csv")
    assert files == {"b.csv": tmp_path / "b.csv"}
    assert (tmp_path / "b.csv").read_text().splitlines()[:2] == [
        "mode,account_id,region,start,attempts,bounces,complaints,rejects,runs,test_attempts,test_counted",
        f"live,{ME},{HERE},2026-11-01 00:13:00+00:00,5,1,0,0,0,0,0",
    ]
    (path,) = export_history(project, tmp_path / "e.PARQUET", tables=["events"]).values()
    pd.testing.assert_frame_equal(pd.read_parquet(path), kept_events_frame(project))


def test_without_a_history_the_files_have_their_columns(tmp_path: Path) -> None:
    files = export_history(tmp_path / "nothing", tmp_path / "out")
    for name, read in _FRAMES.items():
        expected = read(tmp_path / "nothing")
        pd.testing.assert_frame_equal(pd.read_parquet(files[f"{name}.parquet"]), expected)
        assert files[f"{name}.csv"].read_text() == ",".join(expected.columns) + "\n"
    assert not history_path(tmp_path / "nothing").exists()


def test_what_cannot_be_written_is_said(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidParameters, match=r"there is no 'bin'\. Give some of bins, "):
        export_history(project, tmp_path / "out", tables=["bin"])
    with pytest.raises(InvalidParameters, match="there is no 'xlsx'"):
        export_history(project, tmp_path / "out", formats=["xlsx"])
    with pytest.raises(InvalidParameters, match="tables: give at least one"):
        export_history(project, tmp_path / "out", tables=[])
    (tmp_path / "taken").write_text("")
    with pytest.raises(ProjectError, match=r"bins\.csv cannot be written: .*name another"):
        export_history(project, tmp_path / "taken")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ProjectError, match=r"Install sesutil\[notebooks\]"):
        export_history(project, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert len(export_history(project, tmp_path / "out", formats=["csv"])) == len(EXPORT_TABLES)
