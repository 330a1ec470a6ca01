"""The history: what goes in comes out, once, from several processes, after a kill, and over nothing else."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import pandas as pd
import pytest

from conftest import ROOT
from example_runs import OUTCOMES, SIMULATOR, START, every_outcome, result, run
from sesutil.errors import ProjectError
from sesutil.history import database
from sesutil.history.comparing import COMPARISON_COLUMNS, LastChanges, compare_last, compare_runs
from sesutil.history.database import history_path, reading, writing
from sesutil.history.migrations import APPLICATION_ID, MIGRATIONS
from sesutil.history.runs import KEPT_RESULT_COLUMNS, RUN_COLUMNS, record_run, results_frame, runs_frame
from sesutil.history.tables import OUTCOME_COLUMNS, RUN_TABLES
from sesutil.testruns.results import RESULT_COLUMNS, TestResult, TestRun
from sesutil.testruns.timing import quantile


def later(number: int, results: list[TestResult], **given: object) -> TestRun:
    """A run so many days after the first."""
    start = START + timedelta(days=number)
    values = {"id": f"run-{number}", "started": start, "ended": start + timedelta(seconds=42), **given}
    return run(results, **values)


def whole(folder: Path) -> None:
    """The file is as SQLite wants it, and every run has all its mails."""
    with reading(folder) as history:
        assert history is not None
        assert history.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert history.execute("PRAGMA foreign_key_check").fetchall() == []
        torn = history.execute(
            "SELECT id FROM runs WHERE mails != (SELECT count(*) FROM results WHERE run_id = id)"
        ).fetchall()
    assert torn == []


# -- what goes in comes out -----------------------------------------------------------------------


def test_a_run_comes_back(tmp_path: Path) -> None:
    done = every_outcome()
    assert record_run(tmp_path, done)
    frame = runs_frame(tmp_path)
    assert dict(frame.dtypes.astype(str)) == RUN_COLUMNS
    row = frame.iloc[0]
    assert row["id"] == done.id
    assert row["started"] == done.started
    assert (row["seconds"], row["mails"], row["ok"], row["account"]) == (42.0, 8, False, "123456789012")
    assert [row[OUTCOME_COLUMNS[outcome]] for outcome in OUTCOMES] == [1] * 8
    assert row["median_arrival_seconds"] == row["p95_arrival_seconds"] == 0.7
    results = results_frame(tmp_path, done.id)
    assert dict(results.dtypes.astype(str)) == KEPT_RESULT_COLUMNS
    expected = done.frame().drop(columns="code")
    pd.testing.assert_frame_equal(results.drop(columns=["run_id", "number"]), expected)
    assert list(results["number"]) == list(range(1, 9))


def test_every_column_of_a_result_is_kept_but_the_code(tmp_path: Path) -> None:
    """Whoever adds a column to results adds a migration to the history."""
    assert set(KEPT_RESULT_COLUMNS) == {"run_id", "number", *RESULT_COLUMNS} - {"code"}
    record_run(tmp_path, every_outcome())
    for path in history_path(tmp_path).parent.iterdir():
        assert b"482913" not in path.read_bytes()


def test_without_a_history_the_frames_are_empty_and_nothing_is_made(tmp_path: Path) -> None:
    for frame, columns in (
        (runs_frame(tmp_path), RUN_COLUMNS),
        (results_frame(tmp_path), KEPT_RESULT_COLUMNS),
    ):
        assert frame.empty
        assert dict(frame.dtypes.astype(str)) == columns
    assert list(tmp_path.iterdir()) == []


def test_a_run_without_mails_and_one_of_an_unknown_account(tmp_path: Path) -> None:
    record_run(tmp_path, run([], account_id=None, stopped="Paused.", name="n"))
    row = runs_frame(tmp_path).iloc[0]
    assert (row["mails"], row["stopped"], row["name"], row["ok"]) == (0, "Paused.", "n", False)
    assert pd.isna(row["account"])
    assert pd.isna(row["median_arrival_seconds"])
    assert results_frame(tmp_path, "nothing").empty


def test_runs_are_in_the_order_of_their_start(tmp_path: Path) -> None:
    for number in (3, 1, 2):
        record_run(tmp_path, later(number, [result()]))
    assert list(runs_frame(tmp_path)["id"]) == ["run-1", "run-2", "run-3"]
    assert list(results_frame(tmp_path)["run_id"]) == ["run-1", "run-2", "run-3"]


def test_the_same_run_twice_is_one_and_a_run_gone_on_with_takes_its_place(tmp_path: Path) -> None:
    half = run([result(), result("not sent", usage_type="Register")], stopped="Killed.")
    gone_on = replace(run([result(), result(usage_type="Register")]), ended=half.ended + timedelta(seconds=5))
    assert record_run(tmp_path, half)
    assert not record_run(tmp_path, half)
    assert record_run(tmp_path, gone_on)
    assert not record_run(tmp_path, half)  # a late writer does not undo it
    assert list(runs_frame(tmp_path)["proven"]) == [2]
    assert list(results_frame(tmp_path)["outcome"]) == ["proven", "proven"]
    whole(tmp_path)


@pytest.mark.parametrize("count", [1, 2, 3, 20, 101])
@pytest.mark.parametrize("share", [0.5, 0.95])
def test_quantiles_are_those_of_pandas(count: int, share: float) -> None:
    values = sorted((number * 7919 % 1000) / 100 for number in range(count))
    assert quantile(values, share) == pytest.approx(pd.Series(values).quantile(share))
    assert quantile([], share) is None


# -- several processes, and a kill ----------------------------------------------------------------

WRITER = """
import sys
from datetime import timedelta
from pathlib import Path
from example_runs import START, result, run
from sesutil.history.runs import record_run

folder, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
mails = [result(usage_type=f"T{number}") for number in range(60)]
for number in range(count):
    record_run(folder, run(mails, id=f"{name}-{number}", started=START + timedelta(seconds=number)))
    print(f"{name}-{number}", flush=True)
"""


def start_writer(folder: Path, name: str, count: int) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests")))}
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), name, str(count)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_several_processes_begin_and_write_at_once(tmp_path: Path) -> None:
    writers = [start_writer(tmp_path, name, 20) for name in "abcd"]
    for writer in writers:
        _, said = writer.communicate(timeout=120)
        assert writer.returncode == 0, said
    assert len(runs_frame(tmp_path)) == 80
    whole(tmp_path)


def test_a_killed_writer_leaves_what_it_had_finished(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        with start_writer(tmp_path, name, 100_000) as writer:
            assert writer.stdout is not None
            told = [writer.stdout.readline().strip() for _ in range(5)]
            writer.send_signal(signal.SIGKILL)
            told += writer.stdout.read().split()
        assert set(told) <= set(runs_frame(tmp_path)["id"])
        whole(tmp_path)
    assert record_run(tmp_path, every_outcome())


TORN = """
import os, signal, sys
from example_runs import result, run
from sesutil.history import runs

real = runs._stored
def stored(value):
    if value == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    return real(value)
runs._stored = stored
runs.record_run(sys.argv[1], run([result()] * 50 + [result(usage_type="die")], id="torn"))
"""


def test_a_kill_in_the_middle_of_a_run_leaves_nothing_of_it(tmp_path: Path) -> None:
    record_run(tmp_path, every_outcome())
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests")))}
    died = subprocess.run([sys.executable, "-c", TORN, str(tmp_path)], env=environment, check=False)
    assert died.returncode == -signal.SIGKILL
    assert list(runs_frame(tmp_path)["id"]) == [every_outcome().id]
    whole(tmp_path)
    assert record_run(tmp_path, run([result()], id="torn"))


# -- files that are not ours to write -------------------------------------------------------------


def refused(folder: Path, what: str) -> None:
    """Reading and writing both say it, and the file stays as it is."""
    path = history_path(folder)
    before = path.read_bytes()
    with pytest.raises(ProjectError, match=what):
        record_run(folder, every_outcome())
    with pytest.raises(ProjectError, match=what):
        runs_frame(folder)
    assert path.read_bytes() == before


def make(folder: Path, *statements: str) -> Path:
    path = history_path(folder)
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
    return path


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = history_path(tmp_path)
    path.parent.mkdir()
    path.write_text("a diary, and a long one at that\n" * 100)
    refused(tmp_path, "no history of sesutil, or is damaged. Nothing was changed. Move it elsewhere")


def test_a_database_of_another_program(tmp_path: Path) -> None:
    make(tmp_path, "CREATE TABLE diary (day TEXT)")
    refused(tmp_path, "no history of sesutil")


def test_a_history_of_a_later_sesutil(tmp_path: Path) -> None:
    later_form = f"PRAGMA user_version = {len(MIGRATIONS) + 1}"
    make(tmp_path, *RUN_TABLES, f"PRAGMA application_id = {APPLICATION_ID}", later_form)
    refused(tmp_path, "written by a later sesutil .* Update sesutil")


def test_a_damaged_history(tmp_path: Path) -> None:
    for number in range(30):
        record_run(tmp_path, later(number, [result()] * 20))
    path = history_path(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = path.read_bytes()
    path.write_bytes(data[:8192] + b"\xff" * (len(data) - 8192))
    with pytest.raises(ProjectError, match="damaged"):
        results_frame(tmp_path)


def test_an_empty_file_is_a_history_to_be(tmp_path: Path) -> None:
    history_path(tmp_path).parent.mkdir()
    history_path(tmp_path).touch()
    assert runs_frame(tmp_path).empty
    assert record_run(tmp_path, every_outcome())


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(ProjectError, match=r"cannot be written: .* Make the project's folder writable"):
        record_run(tmp_path, every_outcome())
    history_path(tmp_path / "b").mkdir(parents=True)
    with pytest.raises(ProjectError, match="cannot be opened or written"):
        record_run(tmp_path / "b", every_outcome())


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Root may write anywhere; nobody may not."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(was)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_folder_that_is_read_only_can_be_read() -> None:
    with TemporaryDirectory() as name:  # the folders above pytest's own are closed to others
        project = Path(name)
        record_run(project, every_outcome())
        runs_frame(project)  # imports what it needs while that can be read
        folder = history_path(project).parent
        for path in (project, folder):
            path.chmod(0o555)
        try:
            with as_somebody_else():
                assert len(runs_frame(project)) == 1
                with pytest.raises(ProjectError, match="Make the file and its folder writable"):
                    record_run(project, later(1, [result()]))
                assert len(runs_frame(project)) == 1
        finally:
            for path in (project, folder):
                path.chmod(0o755)


FULL = """
import resource, sys
from example_runs import every_outcome, result, run
from sesutil.errors import ProjectError
from sesutil.history.runs import record_run

record_run(sys.argv[1], every_outcome())
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    record_run(sys.argv[1], run([result(proof="x" * 1000)] * 1000, id="large"))
except ProjectError as error:
    print(error)
"""


def test_a_disk_that_becomes_full(tmp_path: Path) -> None:
    """As far as SQLite can tell: a file that may grow no further."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests")))}
    command = [sys.executable, "-c", FULL, str(tmp_path)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert "runs/history.sqlite cannot be" in done.stdout
    assert list(runs_frame(tmp_path)["id"]) == [every_outcome().id]
    whole(tmp_path)


def test_a_file_that_another_program_keeps_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record_run(tmp_path, every_outcome())
    monkeypatch.setattr(database, "_WAIT", 0.05)
    with closing(sqlite3.connect(history_path(tmp_path), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ProjectError, match=r"Another program has had runs/history\.sqlite locked"):
            record_run(tmp_path, later(1, [result()]))
        assert len(runs_frame(tmp_path)) == 1  # readers do not wait for writers


def test_the_first_two_to_write_wait_for_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another is just making the file, SQLite does not wait by itself when the log is switched on."""
    history_path(tmp_path).parent.mkdir()
    with closing(sqlite3.connect(history_path(tmp_path), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waited: list[float] = []

        def sleep(seconds: float) -> None:
            waited.append(seconds)
            other.execute("ROLLBACK")

        monkeypatch.setattr(database, "time", SimpleNamespace(monotonic=time.monotonic, sleep=sleep))
        assert record_run(tmp_path, every_outcome())
    assert len(waited) == 1


def test_what_fails_within_a_transaction_leaves_nothing(tmp_path: Path) -> None:
    record_run(tmp_path, every_outcome())
    with suppress(KeyboardInterrupt), writing(tmp_path) as history:
        history.execute("DELETE FROM runs")
        raise KeyboardInterrupt
    assert len(runs_frame(tmp_path)) == 1


# -- migrations -----------------------------------------------------------------------------------


def test_an_earlier_form_is_brought_to_the_newest_with_all_that_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_run(tmp_path, every_outcome())
    more = ("CREATE TABLE sends (at TEXT NOT NULL)", "INSERT INTO sends VALUES ('once')")
    monkeypatch.setattr(database, "MIGRATIONS", (*MIGRATIONS, more))
    assert len(runs_frame(tmp_path)) == 1
    with reading(tmp_path) as history:
        assert history is not None
        assert history.execute("SELECT at FROM sends").fetchall() == [("once",)]
        assert history.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS) + 1,)
    with writing(tmp_path) as history:
        assert history.execute("SELECT count(*) FROM sends").fetchone() == (1,)


def tables(folder: Path) -> set[str]:
    with reading(folder) as history:
        assert history is not None
        return {name for (name,) in history.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record_run(tmp_path, every_outcome())
    before = tables(tmp_path)
    assert {"runs", "results"} <= before
    with monkeypatch.context() as patched:
        patched.setattr(database, "MIGRATIONS", (*MIGRATIONS, ("CREATE TABLE sends (at TEXT)", "NONSENSE")))
        with pytest.raises(sqlite3.OperationalError):
            record_run(tmp_path, later(1, [result()]))
    assert len(runs_frame(tmp_path)) == 1
    assert tables(tmp_path) == before


# -- comparing ------------------------------------------------------------------------------------


def test_what_changed_between_the_last_two(tmp_path: Path) -> None:
    record_run(tmp_path, later(0, [result("refused")]))
    before = [
        result(),
        result(usage_type="Register"),
        result("lost", usage_type="Generic", language="de"),
        result(usage_type="BindMfa", arrival_seconds=0.5),
        result(usage_type="MfaVerification", arrival_seconds=0.2),
        result("lost", usage_type="Both"),
        result(usage_type="Old"),
    ]
    after = [
        result(),
        result("refused", usage_type="Register"),
        result(usage_type="Generic", language="de"),
        result(usage_type="BindMfa", arrival_seconds=2.5),
        result(usage_type="MfaVerification", arrival_seconds=0.9),  # four times as long, and no second more
        result("unknown", usage_type="Both"),
        result(usage_type="New", recipient="other@example.com"),
    ]
    record_run(tmp_path, later(1, before))
    record_run(tmp_path, later(2, after))
    record_run(tmp_path, later(3, [result("lost")], region="eu-west-1"))  # not comparable
    found = compare_runs(tmp_path)
    assert (found.one, found.other, found.cases, found.ok) == ("run-1", "run-2", 6, False)
    assert found.sentence == (
        "Since 2026-11-26 02:00 UTC 1 case broke (Register), 1 slower (BindMfa), 1 changed (Both), "
        "1 mended (Generic in de), 1 new (New), 1 gone (Old)."
    )
    frame = found.frame()
    assert dict(frame.dtypes.astype(str)) == COMPARISON_COLUMNS
    assert [tuple(row) for row in frame[["usage_type", "change"]].to_numpy()] == [
        ("Register", "broke"), ("BindMfa", "slower"), ("Both", "changed"), ("Generic", "mended"),
        ("New", "new"), ("Old", "gone"),
    ]  # fmt: skip
    assert list(frame["after_seconds"])[1] == 2.5
    assert "example.com" not in found.sentence + repr(found)
    slow = compare_runs(tmp_path, seconds=0.5)
    assert [one.usage_type for one in slow.changes if one.change == "slower"] == [
        "BindMfa",
        "MfaVerification",
    ]


def test_nothing_changed(tmp_path: Path) -> None:
    for number in range(3):
        record_run(tmp_path, later(number, [result(), result()]))
    found = compare_runs(tmp_path)
    assert (found.one, found.other) == ("run-1", "run-2")
    assert found.sentence == "Since 2026-11-26 02:00 UTC nothing changed in 2 cases."
    assert found.frame().empty
    assert dict(found.frame().dtypes.astype(str)) == COMPARISON_COLUMNS
    assert found.ok


def test_runs_that_are_named(tmp_path: Path) -> None:
    for number in range(4):
        record_run(tmp_path, later(number, [result()], name="nightly" if number != 2 else "by hand"))
    pair = compare_runs(tmp_path, "run-0", "run-2")
    assert (pair.one, pair.other) == ("run-0", "run-2")
    first = compare_runs(tmp_path, "run-0")
    assert (first.one, first.other) == ("run-0", "run-3")
    last = compare_runs(tmp_path, other="run-1")
    assert (last.one, last.other) == ("run-0", "run-1")
    with pytest.raises(ProjectError, match=r"no run 'run-9'\. Do you mean run-"):
        compare_runs(tmp_path, "run-9")
    with pytest.raises(ProjectError, match="no two runs to compare"):
        compare_runs(tmp_path, other="run-0")
    with pytest.raises(ProjectError, match="no two runs to compare"):
        compare_runs(tmp_path, "run-2")


def test_nothing_to_compare(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no two runs to compare"):
        compare_runs(tmp_path)
    with pytest.raises(ProjectError, match="It has none yet"):
        compare_runs(tmp_path, "a")
    record_run(tmp_path, run([result(recipient=SIMULATOR)]))
    with pytest.raises(ProjectError, match="Run the test run again"):
        compare_runs(tmp_path)


def test_each_name_is_compared_with_its_own_and_what_broke_comes_first(tmp_path: Path) -> None:
    """The last run of the list went well in the night in which another broke."""
    assert compare_last(tmp_path) == LastChanges()
    unsent = [result("not sent")]
    for night in (0, 1):
        record_run(tmp_path, later(night, [result()], id=f"a{night}", name="n/a"))
        broken = "refused" if night else "proven"
        record_run(tmp_path, later(night, [result(broken)], id=f"b{night}", name="n/b", mode="live"))
        record_run(tmp_path, later(night, [result()], id=f"c{night}", name="n/b", region="eu-west-1"))
    record_run(tmp_path, later(0, [result()], id="old", name="old"))
    record_run(tmp_path, later(1, [result()], id="fresh", name="fresh"))
    record_run(tmp_path, later(0, [result()], id="d0", name="n/d"))
    why = "recipients: you@example.com is not on the list."
    record_run(tmp_path, later(1, unsent, id="d1", name="n/d", region="", stopped=why))
    found = compare_last(tmp_path)
    assert not found.ok
    assert [(one.one, one.other) for one in found.comparisons] == [("b0", "b1"), ("a0", "a1"), ("c0", "c1")]
    assert found.text.splitlines() == [
        "n/b (live, us-east-1): Since 2026-11-25 02:00 UTC 1 case broke (SignIn).",
        "n/d (practice): never began (2026-11-26 02:00 UTC). recipients: y…@example.com is not on the list.",
        "n/a (practice, us-east-1): Since 2026-11-25 02:00 UTC nothing changed in 1 case.",
        "n/b (practice, eu-west-1): Since 2026-11-25 02:00 UTC nothing changed in 1 case.",
        "fresh (practice, us-east-1): nothing to compare with yet.",
        "Not run again: old (practice, us-east-1).",
    ]


def test_a_run_that_never_began_is_compared_with_none(tmp_path: Path) -> None:
    record_run(tmp_path, later(0, [result()], name="n"))
    record_run(tmp_path, later(1, [result("not sent")], name="n", stopped="No key."))
    record_run(tmp_path, later(2, [result("lost")], name="n"))
    found = compare_last(tmp_path)
    assert [(one.one, one.other, one.ok) for one in found.comparisons] == [("run-0", "run-2", False)]
    assert found.unstarted == ()  # it was run again
    assert (compare_runs(tmp_path).one, compare_runs(tmp_path).other) == ("run-0", "run-2")


def test_runs_without_a_name_are_compared_in_what_both_tried(tmp_path: Path) -> None:
    """One usage type by hand, after all of them: the others are not gone."""
    record_run(tmp_path, later(0, [result(), result(usage_type="Register"), result(usage_type="Generic")]))
    record_run(tmp_path, later(1, [result("lost", recipient="x@example.com")]))
    record_run(tmp_path, later(2, [result("lost", usage_type="Register")]))
    (found,) = compare_last(tmp_path).comparisons
    assert (found.one, found.other, found.cases) == ("run-0", "run-2", 1)
    assert [(one.usage_type, one.change) for one in found.changes] == [("Register", "broke")]
    assert compare_last(tmp_path).text.startswith("without a name (practice, us-east-1): Since")
