"""Bins: sorted, merged, filled and summed, against counting by hand; every zone, every change of a clock."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from sesutil import AwsError, InvalidParameters
from sesutil.statistics.bins import (
    BIN_COLUMNS,
    BIN_LENGTH,
    COUNTS,
    KEY_COLUMNS,
    aggregate,
    between,
    bins_of,
    empty_bins,
    fill_gaps,
    totals,
)
from sesutil.statistics.periods import PERIODS

RECORDED = Path(__file__).parent / "recorded_statistics"
START = datetime(2026, 3, 1, 0, 13, tzinfo=UTC)


def recorded(name: str) -> list[dict[str, Any]]:
    document = json.loads((RECORDED / name).read_text())
    points = [dict(zip(document["columns"], point, strict=True)) for point in document["points"]]
    return [{**point, "Timestamp": datetime.fromisoformat(point["Timestamp"])} for point in points]


def bins(*rows: tuple[int, int], start: datetime = START) -> pd.DataFrame:
    """Bins at so many quarters after the start, with so many sends."""
    points = [{"Timestamp": start + at * BIN_LENGTH, "DeliveryAttempts": sent} for at, sent in rows]
    return bins_of(points)


def right(frame: pd.DataFrame, *, keyed: bool = False, more: dict[str, str] | None = None) -> bool:
    wanted = (KEY_COLUMNS if keyed else {}) | BIN_COLUMNS | (more or {})
    return {name: str(dtype) for name, dtype in frame.dtypes.items()} == wanted and list(frame) == list(
        wanted
    )


# -- answers of SES -------------------------------------------------------------------------------


def test_a_recorded_answer_of_aws_is_sorted_and_filled_on_its_own_grid() -> None:
    points = recorded("custodian.json")
    stamps = [point["Timestamp"] for point in points]
    assert stamps != sorted(stamps)
    frame = bins_of(points)
    assert right(frame)
    assert list(frame["start"]) == sorted(stamps)
    assert totals(frame) == {"attempts": 130, "bounces": 1, "complaints": 0, "rejects": 0}
    by_start = {point["Timestamp"]: point["DeliveryAttempts"] for point in points}
    assert dict(zip(frame["start"], frame["attempts"], strict=True)) == by_start
    until = max(stamps) + timedelta(minutes=40)
    filled = fill_gaps(frame, until=until)
    assert right(filled, more={"filled": "bool"})
    expected = [min(stamps) + number * BIN_LENGTH for number in range(144 * 4 + 3)]
    assert list(filled["start"]) == expected
    assert {moment.minute % 15 for moment in filled["start"]} == {13}
    assert totals(filled) == totals(frame)
    assert list(filled["filled"]) == [moment not in by_start for moment in expected]


def test_the_example_of_the_aws_cli() -> None:
    frame = bins_of(recorded("aws-cli-example.json"))
    assert list(frame["attempts"]) == [1, 2]
    assert {moment.minute % 15 for moment in fill_gaps(frame, until=frame["start"].max())["start"]} == {2}


def test_points_with_the_same_start_are_one_and_what_is_missing_is_zero() -> None:
    frame = bins_of(
        [
            {"Timestamp": START, "DeliveryAttempts": 2, "Bounces": 1},
            {"Timestamp": START.replace(tzinfo=None), "DeliveryAttempts": 3, "Rejects": 1},
        ]
    )
    assert frame.to_dict("records") == [
        {"start": pd.Timestamp(START), "attempts": 5, "bounces": 1, "complaints": 0, "rejects": 1}
    ]


def test_a_point_without_a_time_is_an_answer_that_cannot_be_read() -> None:
    with pytest.raises(AwsError, match="no Timestamp"):
        bins_of([{"DeliveryAttempts": 2}])


@pytest.mark.parametrize("by", PERIODS)
@pytest.mark.parametrize("keyed", [False, True])
def test_no_bins_are_a_frame_as_well(by: Any, keyed: bool) -> None:
    frame = empty_bins(keyed=keyed)
    assert right(frame, keyed=keyed)
    assert right(aggregate(frame, by, zone="Europe/Berlin"), keyed=keyed)
    assert right(fill_gaps(frame, until=START), keyed=keyed, more={"filled": "bool"})
    assert totals(frame) == dict.fromkeys(COUNTS, 0)


# -- gaps -----------------------------------------------------------------------------------------


def test_gaps_are_filled_from_the_first_bin_to_the_end_and_no_further() -> None:
    filled = fill_gaps(bins((0, 1), (3, 2)), until=START + 5 * BIN_LENGTH + timedelta(minutes=14))
    assert list(filled["attempts"]) == [1, 0, 0, 2, 0, 0]
    assert list(filled["filled"]) == [False, True, True, False, True, True]
    early = fill_gaps(bins((0, 1), (3, 2)), until=START + BIN_LENGTH)
    assert list(early["attempts"]) == [1, 0, 2]


def test_a_bin_off_the_grid_is_kept_and_nothing_is_put_over_it() -> None:
    odd = {"Timestamp": START + 3 * BIN_LENGTH + timedelta(minutes=4), "DeliveryAttempts": 7}
    frame = pd.concat([bins((0, 1), (1, 1), (6, 1)), bins_of([odd])])
    filled = fill_gaps(frame, until=START + 6 * BIN_LENGTH)
    assert totals(filled)["attempts"] == 10
    added = [(moment - START) / BIN_LENGTH for moment in filled[filled["filled"]]["start"]]
    assert added == [2, 5]  # 3 and 4 would overlap what is there


def test_the_grid_is_that_of_most_bins_also_when_the_first_is_off_it() -> None:
    odd = {"Timestamp": START - timedelta(minutes=4), "DeliveryAttempts": 1}
    filled = fill_gaps(pd.concat([bins_of([odd]), bins((2, 1), (4, 1))]), until=START + 4 * BIN_LENGTH)
    added = [(moment - START) / BIN_LENGTH for moment in filled[filled["filled"]]["start"]]
    assert added == [1, 3]  # 0 would overlap the odd one


def test_nothing_is_added_where_nobody_has_asked() -> None:
    """A project that was not opened for a month knows nothing of it: not even that it was nothing."""
    frame = bins((0, 1), (10, 1))
    seen = [(START, START + 2 * BIN_LENGTH), (START + 8 * BIN_LENGTH, START + 10 * BIN_LENGTH)]
    filled = fill_gaps(frame, until=START + 20 * BIN_LENGTH, seen=seen)
    assert [(moment - START) / BIN_LENGTH for moment in filled["start"]] == [0, 1, 2, 8, 9, 10]


def test_accounts_and_regions_have_grids_of_their_own() -> None:
    later = START + timedelta(minutes=5, days=1)
    one = bins((0, 1), (2, 1)).assign(account_id="1", region="us-east-1")
    other = bins((0, 5), (2, 5), start=later).assign(account_id="1", region="eu-west-1")
    frame = pd.concat([other, one]).astype(KEY_COLUMNS)
    filled = fill_gaps(frame, until=later + 2 * BIN_LENGTH)
    assert right(filled, keyed=True, more={"filled": "bool"})
    minutes = {
        str(region): {moment.minute % 15 for moment in group["start"]}
        for region, group in filled.groupby("region")
    }
    assert minutes == {"us-east-1": {13}, "eu-west-1": {3}}
    days = aggregate(filled, "day")
    assert right(days, keyed=True)
    assert [(row.region, row.attempts) for row in days.itertuples()] == [
        ("eu-west-1", 10), ("us-east-1", 2), ("us-east-1", 0),
    ]  # fmt: skip


def test_the_span_has_its_start_and_not_its_end() -> None:
    frame = bins((0, 1), (1, 2), (2, 4))
    assert totals(between(frame, START + BIN_LENGTH, START + 2 * BIN_LENGTH))["attempts"] == 2
    assert totals(between(frame, until=START + BIN_LENGTH))["attempts"] == 1
    assert totals(between(frame))["attempts"] == 7


# -- properties -----------------------------------------------------------------------------------

ROWS = st.lists(
    st.tuples(
        st.integers(0, 700),  # quarters: about a week
        st.sampled_from([0, 0, 0, 0, 240]),  # seconds off the grid
        *[st.integers(0, 50)] * len(COUNTS),
    ),
    max_size=40,
)
BEGIN = st.sampled_from(
    [
        datetime(2026, 3, 27, 0, 13, tzinfo=UTC),  # Berlin goes forward on the 29th
        datetime(2026, 10, 23, 23, 2, tzinfo=UTC),  # and back on the 25th
        datetime(2026, 4, 3, 9, 5, tzinfo=UTC),  # Lord Howe goes back by half an hour on the 5th
        datetime(2026, 12, 29, 12, 0, tzinfo=UTC),  # a year ends
    ]
)
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Chatham"]
)


def frame_of(begin: datetime, rows: list[tuple[int, ...]]) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "start": pd.Series(
            [begin + at * BIN_LENGTH + timedelta(seconds=off) for at, off, *_ in rows],
            dtype=BIN_COLUMNS["start"],
        )
    }
    for number, name in enumerate(COUNTS):
        columns[name] = pd.Series([row[2 + number] for row in rows], dtype="int64")
    return pd.DataFrame(columns)


@settings(max_examples=60, deadline=None)
@given(begin=BEGIN, rows=ROWS, by=st.sampled_from(PERIODS), zone=ZONES, chance=st.randoms())
def test_sums_are_kept_whatever_the_order(
    begin: datetime, rows: list[tuple[int, ...]], by: Any, zone: str, chance: Any
) -> None:
    frame = frame_of(begin, rows)
    sums = aggregate(frame, by, zone=zone)
    assert right(sums)
    assert totals(sums) == totals(frame)
    assert sums["start"].is_monotonic_increasing
    assert sums["start"].is_unique
    assert_frame_equal(aggregate(aggregate(frame), by, zone=zone), sums)
    shuffled = [*rows]
    chance.shuffle(shuffled)
    assert_frame_equal(aggregate(frame_of(begin, shuffled), by, zone=zone), sums)


@settings(max_examples=60, deadline=None)
@given(begin=BEGIN, rows=ROWS, more=st.integers(-100, 100), chance=st.randoms())
def test_what_is_filled_is_zero_on_the_grid_and_over_nothing(
    begin: datetime, rows: list[tuple[int, ...]], more: int, chance: Any
) -> None:
    frame = frame_of(begin, rows)
    until = begin + (500 + more) * BIN_LENGTH
    filled = fill_gaps(frame, until=until)
    added, kept = filled[filled["filled"]], filled[~filled["filled"]]
    assert_frame_equal(kept.drop(columns="filled").reset_index(drop=True), aggregate(frame))
    assert totals(added) == dict.fromkeys(COUNTS, 0)
    assert filled["start"].is_monotonic_increasing
    if len(added):
        assert len({moment.timestamp() % 900 for moment in added["start"]}) == 1
        assert added["start"].min() > kept["start"].min()
        assert added["start"].max() <= until
    gaps = filled["start"].diff().dropna()
    borders = filled["filled"] | filled["filled"].shift(1, fill_value=False)
    assert (gaps[borders.loc[gaps.index]] >= BIN_LENGTH).all()
    assert_frame_equal(fill_gaps(filled, until=until), filled)
    shuffled = [*rows]
    chance.shuffle(shuffled)
    assert_frame_equal(fill_gaps(frame_of(begin, shuffled), until=until), filled)


# -- clocks ---------------------------------------------------------------------------------------

CHANGES = [
    ("Europe/Berlin", date(2026, 3, 29), 23),
    ("Europe/Berlin", date(2026, 10, 25), 25),
    ("America/New_York", date(2026, 3, 8), 23),
    ("America/New_York", date(2026, 11, 1), 25),
    ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
    ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
    ("Asia/Kathmandu", date(2026, 5, 1), 24),
    ("Pacific/Chatham", date(2026, 9, 27), 23),
    ("America/Havana", date(2026, 11, 1), 25),  # midnight comes twice
    ("America/Santiago", date(2026, 9, 6), 23),  # midnight is jumped over
    ("America/Sao_Paulo", date(2018, 11, 4), 23),
    ("Asia/Kolkata", date(2026, 1, 1), 24),
]


@pytest.mark.parametrize(("zone", "day", "hours"), CHANGES, ids=lambda value: str(value))
def test_days_and_hours_are_those_of_the_zone_s_clock(zone: str, day: date, hours: float) -> None:
    place = ZoneInfo(zone)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    starts = [noon.replace(minute=13) + number * BIN_LENGTH for number in range(-300, 300)]
    frame = bins_of([{"Timestamp": start, "DeliveryAttempts": 1} for start in starts])

    by_day: dict[date, int] = defaultdict(int)
    by_hour: dict[tuple[Any, ...], int] = defaultdict(int)
    for start in starts:
        by_day[start.astimezone(place).date()] += 1
        by_hour[hour_of(start, place)] += 1

    days = aggregate(frame, "day", zone=zone)
    assert [start.astimezone(place).date() for start in days["start"]] == sorted(by_day)
    assert list(days["attempts"]) == [by_day[one] for one in sorted(by_day)]
    for start in days["start"]:  # the day's first moment
        assert (start - timedelta(seconds=1)).astimezone(place).date() < start.astimezone(place).date()
    lengths = dict(zip(days["start"], days["start"].diff().shift(-1), strict=True))
    (own,) = [start for start in days["start"] if start.astimezone(place).date() == day]
    assert lengths[own] == timedelta(hours=hours)

    summed = aggregate(frame, "hour", zone=zone)
    assert list(summed["attempts"]) == list(by_hour.values())
    for start, key in zip(summed["start"], by_hour, strict=True):
        assert hour_of(start.to_pydatetime(), place) == key
        assert hour_of(start.to_pydatetime() - timedelta(seconds=1), place) != key


def hour_of(moment: datetime, place: ZoneInfo) -> tuple[Any, ...]:
    local = moment.astimezone(place)
    return local.date(), local.hour, local.utcoffset()


def test_weeks_begin_on_monday_and_months_on_the_first_at_the_zone_s_midnight() -> None:
    frame = bins(*[(number * 96, 1) for number in range(60)], start=datetime(2026, 2, 27, 23, 28, tzinfo=UTC))
    place = ZoneInfo("Europe/Berlin")
    weeks, months = (aggregate(frame, by, zone="Europe/Berlin") for by in ("week", "month"))  # type: ignore[arg-type]
    local = [start.astimezone(place) for start in weeks["start"]]
    assert {(one.weekday(), one.hour, one.minute) for one in local} == {(0, 0, 0)}
    assert list(weeks["attempts"]) == [2, 7, 7, 7, 7, 7, 7, 7, 7, 2]
    assert [start.astimezone(place).isoformat() for start in months["start"]] == [
        "2026-02-01T00:00:00+01:00", "2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00",
    ]  # fmt: skip
    assert list(months["attempts"]) == [1, 31, 28]


@pytest.mark.parametrize("zone", ["Europe/Berlim", "", "Europe", "../etc/passwd", "/etc/localtime", "CET5X"])
def test_a_zone_that_does_not_exist_is_said(zone: str) -> None:
    with pytest.raises(InvalidParameters, match="there is no time zone"):
        aggregate(empty_bins(), "day", zone=zone)


def test_a_misspelt_zone_has_its_neighbor_named_and_a_period_its_names() -> None:
    with pytest.raises(InvalidParameters, match="Do you mean Europe/Berlin"):
        aggregate(empty_bins(), "day", zone="Europe/Berlim")
    with pytest.raises(InvalidParameters, match="bin, hour, day, week, month"):
        aggregate(empty_bins(), "fortnight")  # type: ignore[arg-type]
