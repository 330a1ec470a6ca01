"""Runs of one account side by side: together they keep to its rate."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from filelock import FileLock

from sesutil import connect
from sesutil.launching import PracticeEndpoint
from sesutil.testruns.sending.pacing import Pace
from sesutil.testruns.sending.turns import Turns, turns_for


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_each_takes_the_next_free_moment(tmp_path: Path) -> None:
    clock = Clock()
    one, other = (Turns(tmp_path / "x", clock) for _ in range(2))
    assert [turns.reserve(0.5) for turns in (one, other, one, one)] == [0, 0.5, 1, 1.5]
    clock.now += 10
    assert other.reserve(0.5) == 0


def test_two_paces_of_one_account(tmp_path: Path) -> None:
    """By turns they begin a send each half second, as one alone would."""
    clock = Clock()
    paces = [Pace(2, clock, clock.sleep, Turns(tmp_path / "x", clock)) for _ in range(2)]
    begun = []
    for _ in range(4):
        for pace in paces:
            pace.wait()
            pace.begin()
            begun.append(clock.now - 1000)
    assert begun == [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]


@pytest.mark.parametrize("content", ["", "rubbish", "1e12"])
def test_a_file_that_makes_no_sense_stops_nobody(tmp_path: Path, content: str) -> None:
    (tmp_path / "x").write_text(content)
    assert Turns(tmp_path / "x", Clock()).reserve(1) == 0


def test_a_file_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    turns = Turns(tmp_path / "folder", Clock())
    assert [turns.reserve(1), turns.reserve(1)] == [0, 0]


def test_whose_turns_they_are(
    production: PracticeEndpoint, ready: PracticeEndpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the same account in the same Region; not of another, though all of practice have one id."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    places = {
        name: turns_for(connect(practice=endpoint, region=region), "000000000001")
        for name, endpoint, region in [
            ("one", production, "us-east-1"),
            ("same", production, "us-east-1"),
            ("region", production, "eu-central-1"),
            ("account", ready, "us-east-1"),
        ]
    }
    waits = {name: turns.reserve(100) for name, turns in places.items() if turns is not None}
    assert waits == {"one": 0, "same": pytest.approx(100, abs=20), "region": 0, "account": 0}


def test_a_folder_of_somebody_else_is_not_used(
    production: PracticeEndpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / f"sesutil-{os.getuid()}").symlink_to(tmp_path / "elsewhere")
    assert turns_for(connect(practice=production), None) is None


def test_what_nobody_has_used_for_a_day_is_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ready: PracticeEndpoint
) -> None:
    """But for what somebody holds right now, and for what is new."""
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    place = tmp_path / f"sesutil-{os.getuid()}"
    place.mkdir(mode=0o700)
    names = ["old", "held", "new"]
    for name in names:
        assert Turns(place / f"{name}.turn").reserve(1) == 0
    for path in [*place.glob("old.*"), *place.glob("held.*")]:
        os.utime(path, (1e9, 1e9))
    with FileLock(place / "held.lock"):
        os.utime(place / "held.lock", (1e9, 1e9))
        assert turns_for(connect(practice=ready), None) is not None
    left = {path.name for path in place.iterdir()}
    assert left == {"held.lock", "held.turn", "new.lock", "new.turn"}
