"""What was sent, counted as SES counts it: bins of a quarter of an hour, and the reputation.

https://docs.aws.amazon.com/ses/latest/APIReference/API_GetSendStatistics.html says 15 minutes and
two weeks. That the bins begin at a minute of the account's own, and come in no order, is recorded.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sesutil.practice.rules.limits import DAY
from sesutil.practice.rules.model import HistoryBin
from sesutil.practice.rules.sandbox import quota_and_rate
from sesutil.practice.rules.world import World

__all__ = [
    "Counts",
    "Reputation",
    "bins",
    "plant_history",
    "remove_history",
    "reputation_over_time",
    "unordered",
]

BIN = 15 * 60.0
PERIOD = 14 * DAY


@dataclass
class Counts:
    """A bin's numbers: recipients, the simulator's bounces and complaints left out."""

    attempts: int = 0
    bounces: int = 0
    complaints: int = 0
    rejects: int = 0
    deliveries: int = 0
    counting: int = 0
    """Recipients that count for the reputation: not the simulator's."""
    hard: int = 0
    """Permanent bounces of those."""


@dataclass(frozen=True)
class Reputation:
    """Shares of what was sent to recipients that may count, from 0 to 1.

    Only hard bounces count. AWS takes "a representative volume"; here it is all mail of two weeks.
    """

    sent: int
    bounce_rate: float
    complaint_rate: float


def bins(world: World, region: str) -> dict[float, Counts]:
    """Start of the bin → counts, over the last 14 days, only bins with mail in them, oldest first."""
    now = world.clock.now()
    found: dict[float, Counts] = defaultdict(Counts)
    for at, kind, number in _happened(world, region, now - PERIOD, now):
        counts = found[_start(at, world.bin_offset)]
        setattr(counts, kind, getattr(counts, kind) + number)
    for part in world.region(region).state.history:
        if now - PERIOD < part.start <= now:
            counts = found[part.start]
            counts.attempts += part.attempts
            counts.bounces += part.bounces
            counts.complaints += part.complaints
            counts.rejects += part.rejects
            counts.deliveries += part.attempts - part.bounces - part.rejects
            counts.counting += part.attempts
            counts.hard += part.bounces
    return dict(sorted(found.items()))


def _start(at: float, offset: int) -> float:
    return math.floor((at - offset * 60) / BIN) * BIN + offset * 60


def _happened(world: World, region: str, since: float, now: float) -> Iterator[tuple[float, str, int]]:
    for entry in world.mailbox.all():
        if entry.region != region or entry.kind != "sent":
            continue
        if since < entry.time <= now:
            yield entry.time, "counting", entry.counted
        for one in entry.happenings:
            if since < one.at <= now:
                if one.kind == "Send":
                    yield one.at, "attempts", one.recipients
                elif one.kind == "Delivery":
                    yield one.at, "deliveries", one.recipients
                elif one.kind == "Reject":
                    yield one.at, "rejects", one.recipients
                elif one.kind == "Bounce" and not one.simulated:
                    yield one.at, "bounces", one.recipients
                    yield one.at, "hard", one.recipients * one.hard
                elif one.kind == "Complaint" and not one.simulated:
                    yield one.at, "complaints", one.recipients


def unordered(found: dict[float, Counts]) -> list[tuple[float, Counts]]:
    """The bins as GetSendStatistics lists them: in no order, but the same at every call."""
    items = list(found.items())
    random.Random(len(items)).shuffle(items)  # noqa: S311  # nothing secret
    if len(items) > 1 and items == sorted(items, key=lambda item: item[0]):
        items.reverse()
    return items


def reputation_over_time(found: dict[float, Counts]) -> list[tuple[float, Reputation]]:
    """CloudWatch's Reputation.BounceRate and ComplaintRate at the end of each bin: (start, reputation),

    oldest first; none before mail that counts.
    """
    over_time = []
    sent = bounced = complained = 0
    for start, counts in found.items():
        sent, bounced, complained = (
            sent + counts.counting,
            bounced + counts.hard,
            complained + counts.complaints,
        )
        if sent:
            over_time.append((start, Reputation(sent, min(bounced / sent, 1.0), min(complained / sent, 1.0))))
    return over_time


def plant_history(world: World, region: str, *, days: int = 14, seed: int | None = None) -> int:
    """Two weeks of mail as a small sign-in service might have sent them; how many recipients.

    More by day than by night and at weekends, about a third of the quota, about one of a hundred
    bouncing, one of some ten thousands complained of: a healthy account. Planted again, it replaces what
    was there.
    """
    remove_history(world, region)
    chance = random.Random(seed)  # noqa: S311  # nothing secret
    now = world.clock.now()
    state = world.region(region).state
    quota, _ = quota_and_rate(state)
    daily = min(quota * 0.3, 2500.0)
    first = _start(now - days * DAY, world.bin_offset) + BIN
    start, planted = first, []
    while start + BIN <= now:
        hour = (start % DAY) / 3600
        by_day = 0.15 + 0.85 * max(0.0, math.sin((hour - 5) / 17 * math.pi))
        weekend = 0.6 if int(start // DAY) % 7 in (2, 3) else 1.0  # 1 January 1970 was a Thursday
        mean = daily / 96 * 1.7 * by_day * weekend
        attempts = _poisson(chance, mean)
        if attempts:
            bounces = sum(chance.random() < 0.012 for _ in range(attempts))
            complaints = sum(chance.random() < 0.0001 for _ in range(attempts))
            planted.append(HistoryBin(start=start, attempts=attempts, bounces=bounces, complaints=complaints))
        start += BIN
    state.history = planted
    world.recount()
    world.on_change()
    return sum(part.attempts for part in planted)


def remove_history(world: World, region: str) -> None:
    world.region(region).state.history = []
    world.recount()


def _poisson(chance: random.Random, mean: float) -> int:
    limit, number, product = math.exp(-mean), 0, chance.random()
    while product > limit:
        number += 1
        product *= chance.random()
    return number
