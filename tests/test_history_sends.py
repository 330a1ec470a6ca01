"""Send statistics in the history: merged in any order, never mixed up, never torn, read fast and small."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pytest

from conftest import ROOT
from example_runs import every_outcome, result, run
from practice_chain import door, fresh, pass_time
from practice_client import client, mail
from sesutil import Account, connect
from sesutil.errors import ProjectError
from sesutil.events.model import DeliveryEvent
from sesutil.history.accounts import forget_account, kept_accounts, mode_of
from sesutil.history.database import history_path, reading
from sesutil.history.deliveries import KEPT_EVENT_COLUMNS, keep_events, kept_events_frame
from sesutil.history.fetches import FETCH_COLUMNS, fetches_frame, seen_spans
from sesutil.history.joining import (
    BIN_RUN_COLUMNS,
    BY_SET_COLUMNS,
    BY_TYPE_COLUMNS,
    by_configuration_set,
    by_usage_type,
    runs_in_bins,
)
from sesutil.history.keeping import keep_statistics, with_history
from sesutil.history.migrations import APPLICATION_ID, MIGRATIONS
from sesutil.history.readings import (
    KEPT_QUOTA_COLUMNS,
    KEPT_REPUTATION_COLUMNS,
    KEPT_SUPPRESSION_COLUMNS,
    keep_reputation,
    quotas_frame,
    reputation_frame,
    suppression_frame,
)
from sesutil.history.runs import record_run, runs_frame
from sesutil.history.sends import KEPT_BIN_COLUMNS, MergedBins, bins_frame, merge_bins
from sesutil.history.subjects import usage_type_by_subject
from sesutil.launching import PracticeEndpoint
from sesutil.practice import serve
from sesutil.statistics.bins import BIN_COLUMNS, COUNTS, KEPT
from sesutil.statistics.rates import wilson
from sesutil.statistics.sources import Source, Statistics, read_statistics
from test_history import as_somebody_else

ME, OTHER, PRACTICE = "123456789012", "210987654321", "000000000001"
HERE, THERE = "eu-central-1", "us-east-1"
START = datetime(2026, 11, 1, 0, 13, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def bins(*rows: tuple[float, int, int, int, int], start: datetime = START) -> pd.DataFrame:
    """Bins so many quarters of an hour after the first, with their counts."""
    columns: dict[str, Any] = {"start": [start + row[0] * QUARTER for row in rows]}
    for number, name in enumerate(COUNTS, 1):
        columns[name] = [row[number] for row in rows]
    return pd.DataFrame(columns).astype(BIN_COLUMNS)


def counts(folder: Path, **where: Any) -> list[tuple[float, ...]]:
    frame = bins_frame(folder, **where)
    return [((row[3] - START) / QUARTER, *row[4:]) for row in frame.itertuples(index=False)]


def right(frame: pd.DataFrame, columns: dict[str, str]) -> bool:
    return [(name, str(dtype)) for name, dtype in frame.dtypes.items()] == list(columns.items())


def sound(folder: Path) -> None:
    with reading(folder) as history:
        assert history is not None
        assert history.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert history.execute("PRAGMA foreign_key_check").fetchall() == []


# -- bins -----------------------------------------------------------------------------------------


def test_bins_come_back_sorted_and_typed(tmp_path: Path) -> None:
    given = bins((5, 7, 1, 0, 0), (0, 3, 0, 0, 1), (2, 4, 0, 1, 0))
    assert merge_bins(tmp_path, ME, HERE, given) == MergedBins(new=3)
    frame = bins_frame(tmp_path)
    assert right(frame, KEPT_BIN_COLUMNS)
    expected = given.sort_values("start", ignore_index=True)
    pd.testing.assert_frame_equal(frame[list(BIN_COLUMNS)], expected)
    assert set(frame["mode"]) == {"live"}
    assert counts(tmp_path, since=START + QUARTER, until=START + 5 * QUARTER) == [(2, 4, 0, 1, 0)]
    assert counts(tmp_path, region=THERE) == []


def test_moments_are_kept_to_the_microsecond_and_without_a_zone_are_utc(tmp_path: Path) -> None:
    odd = START + timedelta(microseconds=7)
    merge_bins(tmp_path, ME, HERE, bins((0, 1, 0, 0, 0), start=odd))
    naive = bins((4, 1, 0, 0, 0)).assign(start=[(START + 4 * QUARTER).replace(tzinfo=None)])
    merge_bins(tmp_path, ME, HERE, naive)
    assert list(bins_frame(tmp_path)["start"]) == [odd, START + 4 * QUARTER]


def test_without_a_history_all_frames_are_empty_and_nothing_is_made(tmp_path: Path) -> None:
    frames = {
        bins_frame: KEPT_BIN_COLUMNS,
        runs_in_bins: BIN_RUN_COLUMNS,
        quotas_frame: KEPT_QUOTA_COLUMNS,
        reputation_frame: KEPT_REPUTATION_COLUMNS,
        suppression_frame: KEPT_SUPPRESSION_COLUMNS,
        kept_events_frame: KEPT_EVENT_COLUMNS,
        fetches_frame: FETCH_COLUMNS,
        by_usage_type: BY_TYPE_COLUMNS,
        by_configuration_set: BY_SET_COLUMNS,
    }
    for read, columns in frames.items():
        frame = read(tmp_path)
        assert frame.empty
        assert right(frame, columns), read.__name__
    assert seen_spans(tmp_path, ME, HERE) == []
    assert forget_account(tmp_path, ME) == 0
    assert list(tmp_path.iterdir()) == []
    record_run(tmp_path, run([]))  # a history without statistics
    for read, columns in frames.items():
        assert right(read(tmp_path), columns), read.__name__


@pytest.mark.parametrize("seed", range(6))
def test_readings_in_any_order_any_number_of_times_come_to_the_same(tmp_path: Path, seed: int) -> None:
    """Against counting by hand: an account as it is, read now and then, the two weeks cut to the minute."""
    chance = random.Random(seed)
    events = [
        (START + timedelta(minutes=chance.uniform(0, 60 * 24 * 40)), chance.choice(COUNTS))
        for _ in range(4000)
    ]
    readings = []
    now = START
    while now < START + timedelta(days=42):
        # Two weeks to the minute: the oldest bin is cut, the newest is not over.
        found: dict[float, dict[str, int]] = {}
        for at, kind in events:
            if now - KEPT < at <= now:
                found.setdefault((at - START) // QUARTER, dict.fromkeys(COUNTS, 0))[kind] += 1
        rows = [(number, *kinds.values()) for number, kinds in found.items()]
        chance.shuffle(rows)
        readings.append(bins(*rows))
        now += timedelta(days=chance.uniform(0.01, 9))
    truth: dict[float, dict[str, int]] = {}
    for at, kind in events:
        truth.setdefault((at - START) // QUARTER, dict.fromkeys(COUNTS, 0))[kind] += 1
    shuffled = [*readings, *chance.sample(readings, len(readings) // 2)]
    chance.shuffle(shuffled)
    for number, folder in enumerate((readings, shuffled)):
        for one in folder:
            merge_bins(tmp_path / str(number), ME, HERE, one)
    in_order, in_disorder = (counts(tmp_path / str(number)) for number in (0, 1))
    assert in_order == in_disorder
    # Read at least every nine days, nothing is missed but what came after the last reading.
    read = {row[0]: row[1:] for row in in_order}
    assert set(read) <= set(truth)
    end = (max(frame["start"].max() for frame in readings if len(frame)) - START) / QUARTER
    assert {key: tuple(truth[key].values()) for key in truth if key < end} == {
        key: value for key, value in read.items() if key < end
    }


def test_days_that_somebody_else_wrote_are_said(tmp_path: Path) -> None:
    merge_bins(tmp_path, ME, HERE, bins((0, 1, 0, 0, 0), (200, 1, 0, 0, 0)))
    for text in ("[[780,1,0,0]]", "[[780,1,0,0,0],[1680,1,0,0,0]]", "a diary", ""):
        with closing(sqlite3.connect(history_path(tmp_path), isolation_level=None)) as history:
            history.execute(
                "UPDATE send_days SET bins = ? WHERE day = (SELECT min(day) FROM send_days)", (text,)
            )
        with pytest.raises(ProjectError, match="a day of send statistics that sesutil did not write"):
            bins_frame(tmp_path)
    assert counts(tmp_path, since=START + timedelta(days=1)) == [(200, 1, 0, 0, 0)]


def test_what_a_merge_says(tmp_path: Path) -> None:
    merge_bins(tmp_path, ME, HERE, bins((0, 5, 1, 0, 0), (1, 5, 0, 0, 0), (2, 5, 0, 0, 0)))
    said = merge_bins(
        tmp_path, ME, HERE,
        bins((0, 5, 1, 0, 0), (1, 4, 1, 0, 0), (2, 6, 0, 0, 0), (3, 1, 0, 0, 0), (4.5, 1, 0, 0, 0)),
    )  # fmt: skip
    assert said == MergedBins(new=2, grown=2, lower=1)
    assert counts(tmp_path) == [
        (0, 5, 1, 0, 0), (1, 5, 1, 0, 0), (2, 6, 0, 0, 0), (3, 1, 0, 0, 0), (4.5, 1, 0, 0, 0),
    ]  # fmt: skip
    again = merge_bins(tmp_path, ME, HERE, bins((-0.5, 1, 0, 0, 0), (2, 6, 0, 0, 0), (5.2, 1, 0, 0, 0)))
    assert again == MergedBins(new=2, overlapping=2)
    assert merge_bins(tmp_path, ME, HERE, bins()) == MergedBins()


def test_accounts_regions_and_modes_are_kept_apart(tmp_path: Path) -> None:
    places = [
        (ME, HERE, None), (ME, THERE, None), (OTHER, HERE, None), (PRACTICE, HERE, None),
        (ME, HERE, "endpoint"),
    ]  # fmt: skip
    for number, (account_id, region, mode) in enumerate(places, 1):
        merge_bins(tmp_path, account_id, region, bins((0, number, 0, 0, 0)), mode=mode)
    frame = bins_frame(tmp_path)
    assert [(*row[:3], row[4]) for row in frame.itertuples(index=False)] == [
        ("endpoint", ME, HERE, 5),
        ("live", ME, HERE, 1),
        ("live", ME, THERE, 2),
        ("live", OTHER, HERE, 3),
        ("practice", PRACTICE, HERE, 4),
    ]
    assert counts(tmp_path, mode="live", account_id=ME, region=HERE) == [(0, 1, 0, 0, 0)]
    assert len(kept_accounts(tmp_path)) == 5
    assert forget_account(tmp_path, ME, HERE, mode="endpoint") == 1
    merge_bins(tmp_path, ME, HERE, bins(), read_at=START)
    merge_bins(tmp_path, OTHER, HERE, bins(), read_at=START)
    assert forget_account(tmp_path, ME) == 2
    assert list(fetches_frame(tmp_path)["account_id"]) == [OTHER]
    assert list(bins_frame(tmp_path)["account_id"]) == [OTHER, PRACTICE]
    sound(tmp_path)


def test_practice_accounts_are_known_by_their_numbers(new: PracticeEndpoint) -> None:
    assert mode_of(new.account_id) == "practice"
    assert mode_of(ME) == mode_of("000123456789") == "live"


@pytest.mark.parametrize(
    ("place", "what"),
    [
        (("", HERE), "the account's id is not known.*Let the key call sts:GetCallerIdentity"),
        ((None, HERE), "the account's id is not known"),
        ((float("nan"), HERE), "the account's id is not known"),
        (("1234", HERE), "'1234' is no account id. AWS's have twelve digits"),
        ((ME, ""), "the Region is not known"),
    ],
)
def test_nothing_is_kept_of_nobody(tmp_path: Path, place: tuple[Any, Any], what: str) -> None:
    with pytest.raises(ProjectError, match=what):
        merge_bins(tmp_path, *place, bins((0, 1, 0, 0, 0)))
    assert bins_frame(tmp_path).empty
    assert kept_accounts(tmp_path).empty


@pytest.mark.parametrize(
    ("frame", "what"),
    [
        (bins((0, 1, 0, 0, 0)).drop(columns="rejects"), "no column rejects"),
        (bins((0, 1, -1, 0, 0)), "a count that is no count"),
        (bins((0, 1, 0, 0, 0)).assign(attempts=[None]), "a count that is no count"),
        (bins((0, 1, 0, 0, 0)).assign(start=[pd.NaT]), "no start"),
        (bins((0, 1, 0, 0, 0)).assign(account_id=OTHER), "another account_id than 123456789012"),
        (bins((0, 1, 0, 0, 0)).assign(region=THERE), "another region than eu-central-1"),
    ],
)
def test_a_frame_that_makes_no_sense_changes_nothing(tmp_path: Path, frame: pd.DataFrame, what: str) -> None:
    with pytest.raises(ProjectError, match=what):
        merge_bins(tmp_path, ME, HERE, frame)
    assert kept_accounts(tmp_path).empty


def test_spans_that_were_asked_about(tmp_path: Path) -> None:
    """Fetches three weeks apart leave a week of which nobody knows anything."""
    days = [0, 10, 24, 45]
    for day in (24, 0, 45, 10):
        merge_bins(tmp_path, ME, HERE, bins(), read_at=START + timedelta(days=day))
    merge_bins(tmp_path, OTHER, HERE, bins(), read_at=START + timedelta(days=35))
    first, second = seen_spans(tmp_path, ME, HERE)
    assert first == (START - KEPT, START + timedelta(days=24))
    assert second == (START + timedelta(days=31), START + timedelta(days=45))
    fetches = fetches_frame(tmp_path, account_id=ME)
    assert right(fetches, FETCH_COLUMNS)
    assert list(fetches["at"]) == [START + timedelta(days=day) for day in days]
    assert set(fetches["parts"]) == {"bins"}


# -- what read_statistics returned ------------------------------------------------------------------


@pytest.fixture(scope="module")
def endpoint() -> Iterator[PracticeEndpoint]:
    with serve(preset="production") as endpoint:
        door(endpoint, "/practice/faults?kind=bounce&address=gone.example.org")
        client(endpoint).send_email(**mail([fresh(), fresh(), fresh("gone.example.org")]))
        pass_time(endpoint, minutes=2)
        door(endpoint, "/practice/faults", "DELETE")
        yield endpoint


@pytest.fixture(scope="module")
def account(endpoint: PracticeEndpoint) -> Account:
    return connect(practice=endpoint)


@pytest.fixture(scope="module")
def found(account: Account) -> Statistics:
    return read_statistics([Source("mine", account)])


def test_all_that_was_read_is_kept_once(
    tmp_path: Path, found: Statistics, endpoint: PracticeEndpoint
) -> None:
    kept = keep_statistics(tmp_path, found)
    assert (kept.bins, kept.quotas, kept.suppressed, kept.fetches) == (MergedBins(new=1), 1, 1, 1)
    assert kept.reputations == len(found.reputation) > 0
    assert kept.left_out == ()
    assert kept.sentence.startswith("Kept: 1 new bin, 1 reading of the quota, ")
    again = keep_statistics(tmp_path, found)
    assert again.sentence == "Nothing new was to be kept."
    assert again.fetches == 0
    place = ["practice", endpoint.account_id, endpoint.region]
    at = found.sources["read_at"].item()
    frame = bins_frame(tmp_path)
    assert list(frame.iloc[0, :3]) == place
    pd.testing.assert_frame_equal(frame.drop(columns="mode"), found.bins)
    quotas = quotas_frame(tmp_path)
    assert right(quotas, KEPT_QUOTA_COLUMNS)
    pd.testing.assert_frame_equal(quotas, found.quota[list(KEPT_QUOTA_COLUMNS)])
    rates = reputation_frame(tmp_path)
    assert right(rates, KEPT_REPUTATION_COLUMNS)
    pd.testing.assert_frame_equal(rates.drop(columns="mode"), found.reputation)
    listed = suppression_frame(tmp_path)
    assert right(listed, KEPT_SUPPRESSION_COLUMNS)
    pd.testing.assert_frame_equal(listed[list(found.suppression)], found.suppression)
    assert (listed["first_seen"] == at).all()
    assert (listed["last_seen"] == at).all()
    assert listed["gone_by"].isna().all()
    fetches = fetches_frame(tmp_path)
    assert list(fetches.iloc[0]) == [*place, at, "mine", "bins quota reputation suppression", ""]
    assert seen_spans(tmp_path, endpoint.account_id, endpoint.region) == [(at - KEPT, at)]


def test_parts_that_failed_or_were_not_asked_for_are_left_out(
    tmp_path: Path, account: Account, endpoint: PracticeEndpoint
) -> None:
    for operation in ("ListSuppressedDestinations", "GetSendStatistics"):
        door(endpoint, f"/practice/faults?kind=deny&operation={operation}&times=1")
    kept = keep_statistics(tmp_path, read_statistics([Source("mine", account)], parts=("quota", "bins")))
    door(endpoint, "/practice/faults", "DELETE")
    assert (kept.bins, kept.quotas, kept.suppressed) == (MergedBins(), 1, 0)
    fetch = fetches_frame(tmp_path).iloc[0]
    assert (fetch["parts"], fetch["problems"]) == ("quota", "bins: AccessDenied")
    assert seen_spans(tmp_path, endpoint.account_id, endpoint.region) == []
    assert suppression_frame(tmp_path).empty


def test_a_source_that_is_nobody_is_said_and_the_others_are_kept(
    tmp_path: Path, account: Account, endpoint: PracticeEndpoint
) -> None:
    down = Source("down", error=ProjectError("No."), region="eu-west-1")
    door(endpoint, "/practice/faults?kind=error&operation=GetCallerIdentity")
    nobody = read_statistics([Source("mine", account.once()), down])
    door(endpoint, "/practice/faults", "DELETE")
    assert nobody.bins["attempts"].sum() == 3
    kept = keep_statistics(tmp_path, nobody)
    assert [sentence.partition(":")[0] for sentence in kept.left_out] == ["mine", "down"]
    assert "GetCallerIdentity" in kept.sentence
    assert bins_frame(tmp_path).empty
    assert kept_accounts(tmp_path).empty
    fetches = fetches_frame(tmp_path).set_index("source")
    assert fetches.loc["mine", "problems"].startswith("account: ")
    assert set(fetches["parts"]) == {""}
    both = read_statistics([down, Source("mine", account)])
    assert keep_statistics(tmp_path, both).bins.new == 1


def test_two_practice_accounts_of_the_same_number_are_not_mixed(tmp_path: Path, found: Statistics) -> None:
    twice = pd.concat([found.sources, found.sources.assign(source="other")], ignore_index=True)
    kept = keep_statistics(tmp_path, replace(found, sources=twice))
    assert len(kept.left_out) == 2
    assert "another account of the same id" in kept.sentence
    assert bins_frame(tmp_path).empty


def test_the_history_beside_what_was_read_now(tmp_path: Path, found: Statistics) -> None:
    (here,) = found.sources["region"]
    (account_id,) = found.sources["account_id"]
    start = found.bins["start"].item()
    old = bins((0, 40, 2, 0, 0), start=start - timedelta(days=30))
    merge_bins(tmp_path, account_id, here, old, mode="live")  # the same number, and somebody else
    pd.testing.assert_frame_equal(with_history(tmp_path, found).bins, found.bins)
    merge_bins(tmp_path, account_id, here, old)
    merge_bins(tmp_path, account_id, here, bins((0, 2, 2, 0, 0), start=start))
    merge_bins(tmp_path, account_id, "eu-west-3", old)
    bins_now = with_history(tmp_path, found).bins
    assert right(bins_now, {name: str(dtype) for name, dtype in found.bins.dtypes.items()})
    assert [tuple(row) for row in bins_now[["attempts", "bounces"]].to_numpy()] == [(40, 2), (3, 2)]
    assert len(with_history(tmp_path, found, since=start - timedelta(days=1)).bins) == 1


def listing(day: float, *addresses: str, since: datetime = START) -> Statistics:
    """A fetch of the suppression list alone, so many days later."""
    at = pd.Series([START + timedelta(days=day)], dtype="datetime64[us, UTC]")
    sources = pd.DataFrame(
        {"source": ["mine"], "account_id": [ME], "region": [HERE], "mode": ["live"], "read_at": at}
    )
    suppression = pd.DataFrame(
        {
            "account_id": ME,
            "region": HERE,
            "address": list(addresses),
            "reason": "BOUNCE",
            "since": pd.Series([since] * len(addresses), dtype="datetime64[us, UTC]"),
        }
    )
    empty = read_statistics([])
    return replace(empty, sources=sources, suppression=suppression, parts=("suppression",))


def test_who_was_on_the_suppression_list_from_when_until_when(tmp_path: Path) -> None:
    again = START + timedelta(days=9, hours=12)
    lists = [
        listing(1, "a@example.org", "b@example.org"),
        listing(5, "a@example.org"),
        listing(8),
        replace(listing(9), suppression=listing(9).suppression, parts=("bins",)),  # did not ask for the list
        listing(10, "b@example.org", since=again),
    ]
    frames = []
    for seed in range(4):
        random.Random(seed).shuffle(lists)
        for one in lists:
            keep_statistics(tmp_path / str(seed), one)
        frames.append(suppression_frame(tmp_path / str(seed)))
    for frame in frames:
        pd.testing.assert_frame_equal(frame, frames[0])
    day = {number: START + timedelta(days=number) for number in range(20)}
    columns = ["address", "since", "first_seen", "last_seen", "gone_by"]
    assert [tuple(row) for row in frames[0][columns].itertuples(index=False)][:2] == [
        ("a@example.org", START, day[1], day[5], day[8]),
        ("b@example.org", START, day[1], day[1], day[5]),
    ]
    assert list(frames[0].iloc[2][columns[:4]]) == ["b@example.org", again, day[10], day[10]]
    assert list(suppression_frame(tmp_path / "0", listed=True)["since"]) == [again]
    assert len(suppression_frame(tmp_path / "0", listed=False)) == 2


def test_the_later_reading_of_a_rate_stays_and_what_it_lacks_of_the_earlier(tmp_path: Path) -> None:
    merge_bins(tmp_path, ME, HERE, bins())
    at = pd.Series([START], dtype="datetime64[us, UTC]")
    readings = [(1, 0.1, 0.001), (3, 0.3, None), (2, 0.2, 0.002)]
    with closing(sqlite3.connect(history_path(tmp_path))) as history:
        for hours, bounced, complained in readings:
            frame = pd.DataFrame({"at": at, "bounce_rate": [bounced], "complaint_rate": [complained]})
            keep_reputation(history, 1, frame, START + timedelta(hours=hours))
        history.commit()
    frame = reputation_frame(tmp_path)
    assert (frame["bounce_rate"].item(), frame["complaint_rate"].item()) == (0.3, 0.001)


# -- delivery events and test runs ------------------------------------------------------------------


def event(kind: str, message_id: str, *recipients: str, **given: Any) -> DeliveryEvent:
    values: dict[str, Any] = {"at": START, "sent_at": START, "configuration_set": "sesutil-events", **given}
    return DeliveryEvent(
        kind=kind, message_id=message_id, recipients=recipients or ("jo@example.org",), **values
    )


def test_events_are_kept_once_without_addresses_and_subjects(tmp_path: Path) -> None:
    config = [("SignIn", "Code: {{code}}")]
    events = [
        event("Send", "m1", "jo@Example.org", "Al <al@example.org>", subject="Code: 482913"),
        event("Bounce", "m1", "jo@example.org", type="Permanent", subtype="General", subject="Code: 482913"),
        event("Delivery", "m2", "bo@example.net", subject="News", configuration_set=None, sent_at=None),
    ]
    assert keep_events(tmp_path, ME, HERE, events, templates=config) == 3
    assert keep_events(tmp_path, ME, HERE, events[::-1], templates=config) == 0
    frame = kept_events_frame(tmp_path)
    assert right(frame, KEPT_EVENT_COLUMNS)
    assert list(frame["kind"]) == ["Bounce", "Send", "Delivery"]
    assert list(frame["recipients"]) == [1, 2, 1]
    assert list(frame["domain"]) == ["example.org", "example.org", "example.net"]
    assert list(frame["usage_type"].fillna("")) == ["SignIn", "SignIn", ""]
    for path in history_path(tmp_path).parent.iterdir():
        data = path.read_bytes().lower()
        assert b"jo@" not in data
        assert b"482913" not in data
    with pytest.raises(ProjectError, match="id is not known"):
        keep_events(tmp_path, "", HERE, events)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Your code 482913", "SignIn"),
        ("Your  code\r\n 482913", "SignIn"),
        ("To reset, Jo, take 482913 (x)", "ForgotPassword"),
        ("To reset, , take  (x)", "ForgotPassword"),  # empty values
        ("To reset, {{user.name}}, take 1 (x)", "ForgotPassword"),  # Logto had no such value
        ("your code 482913", None),
        ("Anything", None),
        ("Welcome", None),  # two types have it
        ("", None),
        (None, None),
    ],
)
def test_a_usage_type_is_told_by_the_subject_or_not_at_all(subject: str | None, expected: str | None) -> None:
    templates = [
        ("SignIn", "Your code {{code}}"),
        ("ForgotPassword", "To reset, {{user.name}}, take {{ code }} (x)"),
        ("Register", "Welcome"),
        ("OrganizationInvitation", "Welcome"),
        ("Generic", "{{code}}"),
    ]
    assert usage_type_by_subject(templates)(subject) == expected


def test_two_templates_that_may_both_have_been_it_tell_nothing() -> None:
    find = usage_type_by_subject([("SignIn", "Code {{code}}"), ("Register", "Code {{code}} to register")])
    assert find("Code 1") == "SignIn"
    assert find("Code 1 to register") is None
    assert usage_type_by_subject([("A", "aXb{{x}}bXa")])("aXbXa") is None  # the ends do not share a letter


def test_counts_by_usage_type_and_configuration_set(tmp_path: Path) -> None:
    """Random mails, some heard of, some of test runs, some both, and the same counted here."""
    chance = random.Random(7)
    truth: dict[tuple[str, str], dict[str, int]] = {}
    events, results = [], []
    for number in range(600):
        kind = chance.choice(["SignIn", "Register", "Generic"])
        name = f"m{number}"
        simulated = chance.random() < 0.2
        heard, tested = chance.choice([(True, False), (True, True), (False, True)])
        ends = chance.choices(["delivered", "bounced", "complained"], [8, 1, 1])[0]
        to = "success@simulator.amazonses.com" if simulated else f"p{number}@example.org"
        told = kind if tested or kind != "Generic" else ""
        key_set = "events" if heard else ""
        for key in (("type", told), ("set", key_set)):
            row = truth.setdefault(
                key, dict.fromkeys(("sent", "delivered", "bounced", "complained", "simulated", "tested"), 0)
            )
            if simulated:
                row["simulated"] += 1
                continue
            row["sent"] += 1
            row["tested"] += tested
            row["delivered"] += ends != "bounced"
            row["bounced"] += ends == "bounced"
            row["complained"] += ends == "complained"
        if heard:
            more = {"subject": f"{kind}: 1", "configuration_set": "events"}
            with_send = chance.random() < 0.7
            if with_send or simulated:
                events.append(event("Send", name, to, **more))
            if ends != "bounced":
                events.append(event("Delivery", name, to, **more))
            else:
                events.append(event("Bounce", name, to, **more))
                events.append(event("Bounce", name, to, **more, at=START + QUARTER))  # it came twice
            if ends == "complained":
                events.append(event("Complaint", name, to, **more))
        if tested:
            results.append(
                result(
                    "proven",
                    usage_type=kind,
                    recipient=to,
                    message_id=name,
                    observed=f"{ends} (x)",
                    sent_at=START,
                )
            )
    chance.shuffle(events)
    templates = [("SignIn", "SignIn: {{code}}"), ("Register", "Register: {{code}}")]
    keep_events(tmp_path, ME, HERE, events, templates=templates)
    record_run(
        tmp_path, run([*results, result("refused", message_id=None)], mode="live", region=HERE, account_id=ME)
    )
    for what, frame, columns in (
        ("type", by_usage_type(tmp_path), BY_TYPE_COLUMNS),
        ("set", by_configuration_set(tmp_path), BY_SET_COLUMNS),
    ):
        assert right(frame, columns)
        names = ["sent", "delivered", "bounced", "complained", "simulated", "tested"]
        found = {
            row[list(columns)[3]]: {name: int(row[name]) for name in names} for _, row in frame.iterrows()
        }
        assert found == {key: counted for (of, key), counted in truth.items() if of == what}
        low, high = wilson(frame["bounced"], frame["sent"])
        assert list(frame["bounce_low"]) == list(low)
        assert list(frame["bounce_high"]) == list(high)
    assert by_usage_type(tmp_path, since=START + QUARTER).empty
    assert by_usage_type(tmp_path, mode="practice").empty
    assert by_usage_type(tmp_path, until=START + QUARTER)["sent"].sum() == sum(
        row["sent"] for (of, _), row in truth.items() if of == "type"
    )


def test_test_runs_in_the_bins(tmp_path: Path) -> None:
    merge_bins(tmp_path, ME, HERE, bins((0, 9, 0, 0, 0), (1, 9, 0, 0, 0), (4, 9, 0, 0, 0)))
    merge_bins(tmp_path, ME, THERE, bins((0, 9, 0, 0, 0)))
    minutes = [0, 14.99, 15, 29, 30, 59, 60, -1]  # of the bins at 0, 15 and 60
    mails = [
        result(
            "accepted", recipient=to, sent_at=START + timedelta(minutes=minute), message_id=f"{minute}{to}"
        )
        for minute in minutes
        for to in ("success@simulator.amazonses.com", "jo@example.org")
    ]
    mails += [result("refused", sent_at=START), result("not sent"), result("unknown", sent_at=START)]
    live = {"mode": "live", "region": HERE, "account_id": ME}
    record_run(tmp_path, run(mails, **live, id="one"))
    record_run(tmp_path, run(mails[:2], **live, id="two"))
    record_run(tmp_path, run(mails, **{**live, "account_id": OTHER}, id="three"))
    record_run(tmp_path, run(mails, **{**live, "mode": "practice"}, id="four"))
    frame = runs_in_bins(tmp_path)
    assert right(frame, BIN_RUN_COLUMNS)
    columns = ["region", "attempts", "runs", "test_attempts", "test_counted"]
    assert [tuple(row) for row in frame[columns].itertuples(index=False)] == [
        (HERE, 9, 2, 6, 3), (HERE, 9, 1, 4, 2), (HERE, 9, 1, 2, 1), (THERE, 9, 0, 0, 0),
    ]  # fmt: skip


def test_a_run_in_a_practice_account_whose_clock_was_moved_is_in_the_bin_of_that_clock(
    tmp_path: Path,
) -> None:
    ahead = timedelta(days=3)
    merge_bins(tmp_path, PRACTICE, HERE, bins((0, 2, 0, 0, 0), start=START + ahead))
    arrived = result(
        sent_at=START + timedelta(seconds=5),
        arrived_at=START + ahead + timedelta(seconds=7),
        arrival_seconds=2.0,
    )
    bounced = result(sent_at=START + timedelta(seconds=9), arrived_at=None, arrival_seconds=None)
    record_run(tmp_path, run([arrived, bounced], mode="practice", region=HERE, account_id=PRACTICE))
    assert list(runs_in_bins(tmp_path)["test_attempts"]) == [2]


# -- never torn -----------------------------------------------------------------------------------

WRITER = """
import sys
from datetime import datetime, timedelta, UTC
from test_history_sends import HERE, ME, START, QUARTER, bins
from sesutil.history.sends import merge_bins

folder, name, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for number in range(count):
    # Each reading has the bins of the one before, grown by one, and a new one.
    rows = [(place, number - place + 1, name, 0, 0) for place in range(max(0, number - 200), number + 1)]
    merge_bins(folder, ME, HERE, bins(*rows), read_at=START + number * QUARTER, source=str(name))
    print(number, flush=True)
"""


def begin(program: str, *arguments: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests")))}
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_two_processes_merge_at_once(tmp_path: Path) -> None:
    writers = [begin(WRITER, tmp_path, name, 40) for name in (1, 2)]
    for writer in writers:
        _, said = writer.communicate(timeout=120)
        assert writer.returncode == 0, said
    assert counts(tmp_path) == [(place, 40 - place, 2, 0, 0) for place in range(40)]
    assert len(fetches_frame(tmp_path)) == 80
    sound(tmp_path)


def test_a_killed_writer_leaves_whole_readings(tmp_path: Path) -> None:
    told: list[str] = []
    with begin(WRITER, tmp_path, 1, 100_000) as writer:
        assert writer.stdout is not None
        told = [writer.stdout.readline().strip() for _ in range(25)]
        writer.send_signal(signal.SIGKILL)
        told += writer.stdout.read().split()
    sound(tmp_path)
    last = len(fetches_frame(tmp_path)) - 1
    assert last >= int(told[-1])
    assert counts(tmp_path) == [(place, last - place + 1, 1, 0, 0) for place in range(last + 1)]
    assert merge_bins(tmp_path, ME, HERE, bins((-9, 1, 0, 0, 0))).new == 1


TORN = """
import os, signal, sys
from test_history_sends import HERE, ME, bins
from sesutil.history import sends

def die(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)

sends.note_fetch = die  # after the bins were written, before all of it is kept
from test_history_sends import START
sends.merge_bins(sys.argv[1], ME, HERE, bins(*((place, 9, 9, 9, 9) for place in range(500))), read_at=START)
"""


def test_a_kill_in_the_middle_of_a_merge_leaves_nothing_of_it(tmp_path: Path) -> None:
    merge_bins(tmp_path, ME, HERE, bins((0, 1, 0, 0, 0)))
    with begin(TORN, tmp_path) as writer:
        writer.communicate(timeout=60)
    assert writer.returncode == -signal.SIGKILL
    assert counts(tmp_path) == [(0, 1, 0, 0, 0)]
    sound(tmp_path)


FULL = """
import resource, sys
from test_history_sends import HERE, ME, START, bins
from sesutil.errors import ProjectError
from sesutil.history.sends import merge_bins

merge_bins(sys.argv[1], ME, HERE, bins((0, 1, 0, 0, 0)))
resource.setrlimit(resource.RLIMIT_FSIZE, (250_000, 250_000))
try:
    merge_bins(sys.argv[1], ME, HERE, bins(*((place, 9, 9, 9, 9) for place in range(30_000))))
except ProjectError as error:
    print(error)
"""


def test_a_disk_that_becomes_full(tmp_path: Path) -> None:
    with begin(FULL, tmp_path) as writer:
        said, wrong = writer.communicate(timeout=60)
    assert "runs/history.sqlite cannot be" in said, wrong
    assert counts(tmp_path) == [(0, 1, 0, 0, 0)]
    sound(tmp_path)


def test_a_history_of_a_later_sesutil_is_left_alone(tmp_path: Path) -> None:
    merge_bins(tmp_path, ME, HERE, bins((0, 1, 0, 0, 0)))
    with closing(sqlite3.connect(history_path(tmp_path))) as history:
        history.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    for work in (
        lambda: merge_bins(tmp_path, ME, HERE, bins((1, 1, 0, 0, 0))),
        lambda: bins_frame(tmp_path),
        lambda: keep_events(tmp_path, ME, HERE, []),
        lambda: forget_account(tmp_path, ME),
    ):
        with pytest.raises(ProjectError, match="written by a later sesutil"):
            work()


def test_a_history_of_runs_alone_is_brought_to_the_newest_form(tmp_path: Path) -> None:
    path = history_path(tmp_path)
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as history:
        for statement in (
            *MIGRATIONS[0],
            f"PRAGMA application_id = {APPLICATION_ID}",
            "PRAGMA user_version = 1",
        ):
            history.execute(statement)
    assert bins_frame(tmp_path).empty
    record_run(tmp_path, every_outcome())
    merge_bins(tmp_path, ME, HERE, bins((0, 1, 0, 0, 0)))
    assert len(runs_frame(tmp_path)) == len(bins_frame(tmp_path)) == 1


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_folder_that_is_read_only_can_be_read() -> None:
    with TemporaryDirectory() as name:  # the folders above pytest's own are closed to others
        project = Path(name)
        merge_bins(project, ME, HERE, bins((0, 1, 0, 0, 0)))
        assert len(bins_frame(project)) == 1  # imports what it needs while that can be read
        for path in (project, history_path(project).parent):
            path.chmod(0o555)
        try:
            with as_somebody_else():
                assert len(bins_frame(project)) == 1
                with pytest.raises(ProjectError, match="Make the file and its folder writable"):
                    merge_bins(project, ME, HERE, bins((1, 1, 0, 0, 0)))
        finally:
            for path in (project, history_path(project).parent):
                path.chmod(0o755)


def test_what_sqlite3_shows_is_in_words(tmp_path: Path) -> None:
    merge_bins(tmp_path, ME, HERE, bins((0, 5, 1, 0, 0)), read_at=START, source="work")
    keep_events(tmp_path, ME, HERE, [event("Send", "m1")])
    with closing(sqlite3.connect(history_path(tmp_path))) as history:
        assert history.execute("SELECT * FROM bins").fetchall() == [
            ("live", ME, HERE, "2026-11-01T00:13:00Z", 5, 1, 0, 0)
        ]
        assert history.execute("SELECT at, source, parts FROM fetches").fetchall() == [
            ("2026-11-01T00:13:00Z", "work", "bins")
        ]
        for view in ("quotas", "reputations", "suppressions", "events"):
            history.execute(f"SELECT * FROM {view}").fetchall()
        assert history.execute("SELECT kind, domain FROM events").fetchall() == [("Send", "example.org")]


# -- ten years ------------------------------------------------------------------------------------

TEN_YEARS = """
import sys
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
from sesutil.history.sends import bins_frame
from sesutil.statistics.bins import aggregate
from sesutil.statistics.rates import rates

frame = bins_frame(sys.argv[1])
days = rates(aggregate(frame, "day", zone="Europe/Berlin"))
plt.plot(days["start"], days["attempts"])
plt.savefig(sys.argv[1] + "/sends.png")
print(len(frame), frame["attempts"].sum(), days["attempts"].sum())
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory as Linux tells it")
def test_ten_years_fit_into_300_megabytes(tmp_path: Path) -> None:
    number = 350_400
    starts = pd.date_range(START - timedelta(days=3650), periods=number, freq=QUARTER).as_unit("us")
    frame = pd.DataFrame({"start": starts, **dict.fromkeys(COUNTS, 0)}).assign(attempts=range(number))
    assert merge_bins(tmp_path, ME, HERE, frame.astype(BIN_COLUMNS)).new == number
    with begin(TEN_YEARS, tmp_path) as reader:
        said, wrong = reader.communicate(timeout=120)
    assert reader.returncode == 0, wrong
    sums, peak = said.splitlines()
    total = str(number * (number - 1) // 2)
    assert sums.split() == [str(number), total, total]
    assert int(peak) < 300_000
