"""What sesutil reads of fifty accounts, against the same counted by the test itself, cell by cell.

An account here is a Region of a practice account: Regions share the clock and the minute at which bins
begin, and nothing else. Five practice accounts, each near a clock change of another time zone.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import botocore.session
import pandas as pd
import pytest
from botocore.loaders import Loader

from practice_chain import door, fresh, now, pass_time, with_virus
from practice_client import client, mail, raw_mail
from sesutil import Account
from sesutil.launching import PracticeEndpoint
from sesutil.practice import serve
from sesutil.statistics.bins import BIN_LENGTH, COUNTS, aggregate, fill_gaps
from sesutil.statistics.sources import Statistics, read_statistics

REGIONS = [
    "us-east-1", "us-east-2", "us-west-2", "eu-central-1", "eu-west-1", "eu-west-2", "eu-north-1",
    "ap-south-1", "ap-northeast-1", "ap-southeast-2",
]  # fmt: skip
PROBE = "ca-central-1"
WORLDS = [
    (1, "Europe/Berlin"),
    (2, "America/New_York"),
    (3, "Australia/Lord_Howe"),
    (4, "Pacific/Chatham"),
    (5, "Asia/Kathmandu"),
]
STEPS = 9
DOMAINS = {"bounce": "gone.example.org", "soft-bounce": "full.example.org", "complaint": "angry.example.org"}
SIMULATOR = [f"{name}@simulator.amazonses.com" for name in ("success", "bounce", "complaint")]
GIVEN_UP = timedelta(hours=14)  # when practice gives up a full mailbox

Cell = tuple[str, datetime]


@dataclass
class Counted:
    """What was done, as the test keeps it."""

    offset: int = 0
    """Seconds after a full quarter at which this account's bins begin."""
    cells: dict[Cell, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    sends: list[tuple[str, datetime, int]] = field(default_factory=list)
    hard: Counter[str] = field(default_factory=Counter)
    complaints: Counter[str] = field(default_factory=Counter)
    listed: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)

    def note(self, region: str, at: datetime, what: str, number: int = 1) -> None:
        if number:
            self.cells[(region, self.bin_of(at))][what] += number

    def bin_of(self, at: datetime) -> datetime:
        seconds = int((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
        return datetime.fromtimestamp(seconds - (seconds - self.offset) % 900, UTC)

    def known_at(self, end: datetime) -> dict[Cell, tuple[int, ...]]:
        """The cells that have begun by then, and what is in them."""
        return {
            cell: tuple(counts[name] for name in COUNTS)
            for cell, counts in self.cells.items()
            if cell[1] <= end and any(counts.values())
        }


@dataclass
class World:
    zone: str
    counted: Counted
    statistics: Statistics
    end: datetime


@pytest.fixture(scope="module", params=WORLDS, ids=[zone for _, zone in WORLDS])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    seed, zone = request.param
    with serve(preset="production") as endpoint:
        for region in (*REGIONS[1:], PROBE):
            ses = cached(endpoint, "sesv2", region)
            ses.create_email_identity(EmailIdentity="example.com")
            door(endpoint, f"/practice/records?identity=example.com&region={region}")
            ses.put_account_details(MailType="TRANSACTIONAL", WebsiteURL="https://example.com")
            door(endpoint, f"/practice/grant?region={region}")
        for kind, domain in DOMAINS.items():
            door(endpoint, f"/practice/faults?kind={kind}&address={domain}")
        wait = next_change(zone, now(endpoint)) - timedelta(days=3) - now(endpoint)
        pass_time(endpoint, minutes=max(wait.total_seconds() // 60, 0))
        counted = Counted()
        cached(endpoint, "sesv2", PROBE).send_email(**mail(fresh()))
        (probe,) = cached(endpoint, "ses", PROBE).get_send_statistics()["SendDataPoints"]
        counted.offset = int(probe["Timestamp"].timestamp()) % 900
        act(endpoint, counted, random.Random(seed))
        accounts = [account_in(endpoint, region) for region in REGIONS]
        yield World(zone, counted, read_statistics(accounts), now(endpoint))


@cache
def cached(endpoint: PracticeEndpoint, service: str, region: str) -> Any:
    return client(endpoint, service, region=region)


LOADER = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH])


def account_in(endpoint: PracticeEndpoint, region: str) -> Account:
    """As `connect` makes it; AWS's service models, a tenth of a second each, are read once for all."""
    session = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    session.register_component("data_loader", LOADER)
    ours = boto3.Session(
        aws_access_key_id=endpoint.access_key_id,
        aws_secret_access_key=endpoint.secret_access_key,
        region_name=region,
        botocore_session=session,
    )
    return Account(ours, endpoint_url=endpoint.endpoint_url, practice=endpoint)


def next_change(zone: str, after: datetime) -> datetime:
    """When the zone's clock is changed next; where it never is, in ten days."""
    place = ZoneInfo(zone)
    hours = [after + timedelta(hours=number) for number in range(24 * 366)]
    for one, other in pairwise(hours):
        if one.astimezone(place).utcoffset() != other.astimezone(place).utcoffset():
            return other
    return after + timedelta(days=10)


def act(endpoint: PracticeEndpoint, counted: Counted, chance: random.Random) -> None:
    """Sends in all Regions, over about six days, and notes what must come of it."""
    for _ in range(STEPS):
        pass_time(endpoint, minutes=chance.randrange(40, 1900))
        for region in REGIONS:
            if chance.random() < 0.3:
                continue
            ses = cached(endpoint, "sesv2", region)
            at = safe_moment(endpoint, counted)
            if chance.random() < 0.1:
                ses.send_email(**raw_mail(with_virus()))
                counted.note(region, at, "attempts")
                counted.note(region, at, "rejects")
                continue
            choices = [None, None, None, "simulator", *DOMAINS]
            fates = [chance.choice(choices) for _ in range(chance.randrange(1, 5))]
            recipients = [address_for(fate, chance) for fate in fates]
            ses.send_email(**mail(list(dict.fromkeys(recipients))))
            note(counted, region, at, dict(zip(recipients, fates, strict=True)))
    pass_time(endpoint, minutes=2)
    # The day of the quota must not begin within the seconds that this test takes.
    day_ago = now(endpoint) - timedelta(days=1)
    if any(abs(at - day_ago) < timedelta(minutes=3) for _, at, _ in counted.sends):
        pass_time(endpoint, minutes=7)


def address_for(fate: str | None, chance: random.Random) -> str:
    if fate == "simulator":
        return chance.choice(SIMULATOR)
    return fresh("example.org" if fate is None else DOMAINS[fate])


def note(counted: Counted, region: str, at: datetime, fates: dict[str, str | None]) -> None:
    real = {address: fate for address, fate in fates.items() if fate != "simulator"}
    counted.note(region, at, "attempts", len(fates))
    counted.sends.append((region, at, len(real)))
    for address, fate in real.items():
        if fate == "bounce":
            counted.note(region, at, "bounces")
            counted.hard[region] += 1
            counted.listed[(region, address)] = ("BOUNCE", at)
        elif fate == "soft-bounce":
            counted.note(region, at + GIVEN_UP, "bounces")
        elif fate == "complaint":
            counted.note(region, at, "complaints")
            counted.complaints[region] += 1
            counted.listed[(region, address)] = ("COMPLAINT", at)


def safe_moment(endpoint: PracticeEndpoint, counted: Counted) -> datetime:
    """Now, at least ten seconds before a bin ends: a complaint comes a second or two after its mail."""
    at = now(endpoint)
    left = 900 - (at.timestamp() - counted.offset) % 900
    if left < 10:
        pass_time(endpoint, seconds=12)
        at = now(endpoint)
    return at


# -- cell by cell ---------------------------------------------------------------------------------


def cells(frame: pd.DataFrame) -> dict[tuple[str, Any], tuple[int, ...]]:
    rows = frame[["region", "start", *COUNTS]].itertuples(index=False)
    return {(row[0], row[1].to_pydatetime()): tuple(row[2:]) for row in rows}


def test_bins(world: World) -> None:
    found = cells(world.statistics.bins)
    assert found == world.counted.known_at(world.end)
    assert len({region for region, _ in found}) == len(REGIONS)
    assert len(found) > 60
    assert all(
        sum(counts[place] for counts in found.values()) for place in range(4)
    )  # of everything something


def test_filled_bins(world: World) -> None:
    filled = fill_gaps(world.statistics.bins, until=world.end)
    known = world.counted.known_at(world.end)
    expected = {}
    for region in REGIONS:
        start = min(start for place, start in known if place == region)
        while start <= world.end:
            expected[(region, start)] = known.get((region, start), (0, 0, 0, 0))
            start += BIN_LENGTH
    assert cells(filled) == expected


def test_hours_and_days_in_utc_and_in_the_zone(world: World) -> None:
    for zone in ("UTC", world.zone):
        place = ZoneInfo(zone)
        for by, label in (("hour", hour_label), ("day", day_label)):
            sums: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
            for (region, start), counts in world.counted.known_at(world.end).items():
                for number, value in enumerate(counts):
                    sums[(region, label(start, place))][number] += value
            frame = aggregate(world.statistics.bins, by, zone=zone)  # type: ignore[arg-type]
            found = {
                (region, label(start, place)): list(counts)
                for (region, start), counts in cells(frame).items()
            }
            assert len(found) == len(frame)
            assert found == sums, (zone, by)


def hour_label(moment: datetime, place: ZoneInfo) -> Any:
    local = moment.astimezone(place)
    return local.date(), local.hour, local.utcoffset()


def day_label(moment: datetime, place: ZoneInfo) -> Any:
    return moment.astimezone(place).date()


def test_quota(world: World) -> None:
    day_ago = world.end - timedelta(days=1)
    used = dict.fromkeys(REGIONS, 0)
    for region, at, number in world.counted.sends:
        used[region] += number * (at > day_ago)
    quota = world.statistics.quota
    assert dict(zip(quota["region"], quota["sent_24_hours"], strict=True)) == used
    assert dict(zip(quota["region"], quota["left"], strict=True)) == {
        region: 50_000 - sent for region, sent in used.items()
    }
    for share, sent in zip(quota["used_share"], quota["sent_24_hours"], strict=True):
        assert share == sent / 50_000
    assert any(used.values())


def test_suppression_list(world: World) -> None:
    frame = world.statistics.suppression
    found = {(row.region, row.address): (row.reason, row.since) for row in frame.itertuples()}
    assert {key: reason for key, (reason, _) in found.items()} == {
        key: reason for key, (reason, _) in world.counted.listed.items()
    }
    for key, (_, since) in found.items():
        assert abs(since - world.counted.listed[key][1]) < timedelta(seconds=20)
    assert len(found) > 5


def test_aws_s_own_rates(world: World) -> None:
    for region, frame in world.statistics.reputation.groupby("region"):
        sent = sum(number for place, _, number in world.counted.sends if place == region)
        latest = frame.iloc[-1]
        assert latest["bounce_rate"] == pytest.approx(world.counted.hard[str(region)] / sent)
        assert latest["complaint_rate"] == pytest.approx(world.counted.complaints[str(region)] / sent)


def test_nothing_went_wrong(world: World) -> None:
    assert world.statistics.problems.empty
    assert list(world.statistics.sources["region"]) == REGIONS
