"""How many of a hundred mails bounce or are complained of, how sure that is, and what AWS does about it.

AWS judges an account by its own rates, over a "representative volume" that it does not name and that can
reach far further back than two weeks; of bounces only hard ones to domains that are not verified in the
account, of complaints only at providers that report them
(https://docs.aws.amazon.com/ses/latest/dg/faqs-enforcement.html, Bounces Q3, Q5, Q6; Complaints Q6, Q7).
GetSendStatistics tells neither hard from soft nor where a mail went. So the rates here are near AWS's,
mostly above them for bounces, and never the same. AWS's own are in `sesutil.statistics.reputation`.

How many mails are enough to judge by, AWS does not say. Here it rests on the Wilson interval at 95 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import ArrayLike

__all__ = [
    "FEWEST",
    "LEVELS",
    "RATE_COLUMNS",
    "THRESHOLDS",
    "Kind",
    "Level",
    "RateVerdict",
    "Threshold",
    "judge_rate",
    "level_at",
    "percent",
    "rates",
    "thresholds_of",
    "wilson",
]

Kind = Literal["bounces", "complaints"]
Level = Literal["too few", "healthy", "early", "review", "pause"]
LEVELS: tuple[Level, ...] = get_args(Level)
"""From what cannot be said to the worst."""

CONFIDENCE = 0.95

FEWEST = 50
"""Mails below which nothing counts as healthy, and nothing as reached unless the whole interval lies above
AWS's review (and it is not less than five events): they are seldom independent, since one wrong address
is tried several times. A number of ours."""

TELLING = 5
"""Events from which on an early threshold counts as reached, however wide the interval. Ours as well."""


@dataclass(frozen=True)
class Threshold:
    """A share (0 to 1) from which on something happens. `source` is AWS's page, or says that it is ours."""

    kind: Kind
    level: Literal["early", "review", "pause"]
    share: float
    meaning: str
    source: str


_FAQ = "https://docs.aws.amazon.com/ses/latest/dg/faqs-enforcement.html"
_MESSAGES = "https://docs.aws.amazon.com/ses/latest/dg/reputationdashboardmessages.html"

THRESHOLDS = (
    Threshold("bounces", "early", 0.02, "AWS recommends to stay below it", f"{_FAQ} (Bounces, Q4)"),
    Threshold("bounces", "early", 0.04, "close to AWS's review", "sesutil's own"),
    Threshold("bounces", "review", 0.05, "AWS puts the account under review", _MESSAGES),
    Threshold("bounces", "pause", 0.10, "AWS may pause sending", _MESSAGES),
    Threshold("complaints", "early", 0.0005, "halfway to AWS's review", "sesutil's own"),
    Threshold("complaints", "review", 0.001, "AWS puts the account under review", _MESSAGES),
    Threshold("complaints", "pause", 0.005, "AWS may pause sending", _MESSAGES),
)

RATE_COLUMNS = {
    "bounce_rate": "float64",
    "bounce_low": "float64",
    "bounce_high": "float64",
    "bounce_level": "str",
    "complaint_rate": "float64",
    "complaint_low": "float64",
    "complaint_high": "float64",
    "complaint_level": "str",
    "enough": "bool",
}
"""What `rates` adds; it says what they mean."""


def thresholds_of(kind: Kind) -> tuple[Threshold, ...]:
    """Those of one kind, the lowest first."""
    return tuple(one for one in THRESHOLDS if one.kind == kind)


def wilson(
    successes: ArrayLike, n: ArrayLike, confidence: float = CONFIDENCE
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Wilson's score interval for a share: (low, high), each in the form of what was given, from 0 to 1.

    Where n is 0, nothing is known: 0 and 1. More successes than n count as n. Never NaN.
    (Wilson 1927, without a correction for continuity.)
    """
    import numpy as np

    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    number = np.maximum(np.asarray(n, dtype="float64"), 0.0)
    found = np.clip(np.asarray(successes, dtype="float64"), 0.0, number)
    some = np.where(number > 0, number, 1.0)
    share = found / some
    middle = share + z * z / (2 * some)
    spread = z * np.sqrt(share * (1 - share) / some + z * z / (4 * some * some))
    whole = 1 + z * z / some
    # At the ends the formula gives exactly 0 and 1, but for rounding.
    low = np.where((number > 0) & (found > 0), (middle - spread) / whole, 0.0)
    high = np.where((number > 0) & (found < number), (middle + spread) / whole, 1.0)
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


def rates(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame, with columns attempts, bounces and complaints, and RATE_COLUMNS behind.

    bounce_rate, complaint_rate
        Shares of the attempts, 0 to 1; NaN where nothing was sent. At most 1, though a bounce may be
        counted later than its send.
    bounce_low, bounce_high, complaint_low, complaint_high
        Where the true share lies, at 95 % (Wilson); 0 and 1 where nothing was sent. Never NaN.
    bounce_level, complaint_level
        As `judge_rate` says: "too few", "healthy", "early", "review", "pause".
    enough
        Whether the mails are enough to judge the bounces by.
    """
    import numpy as np

    number = frame["attempts"].to_numpy("float64")
    columns: dict[str, Any] = {}
    for kind, prefix in (("bounces", "bounce"), ("complaints", "complaint")):
        events = frame[kind].to_numpy("float64")
        low, high = wilson(events, number)
        with np.errstate(divide="ignore", invalid="ignore"):
            columns[f"{prefix}_rate"] = np.where(number > 0, np.minimum(events / number, 1.0), np.nan)
        columns[f"{prefix}_low"], columns[f"{prefix}_high"] = low, high
        names = np.array(LEVELS, dtype=object)
        columns[f"{prefix}_level"] = names[_levels(kind, events, number, low, high)]  # type: ignore[arg-type]
    columns["enough"] = columns["bounce_level"] != "too few"
    return frame.assign(**columns).astype(RATE_COLUMNS)


@dataclass(frozen=True)
class RateVerdict:
    """What a share means. `threshold` is the highest one that it has reached, None where it is below all
    of them or cannot be judged; `rate`, `low` and `high` are shares from 0 to 1, `rate` None where
    nothing was sent. `sentence` ends in a full stop."""

    kind: Kind
    level: Level
    sentence: str
    events: int
    number: int
    rate: float | None
    low: float
    high: float
    threshold: Threshold | None = None


def judge_rate(kind: Kind, events: int, number: int) -> RateVerdict:
    """What so many bounces, or complaints, of so many mails mean.

    - "too few": fewer than 50 mails (unless five events or more are so many of them that the interval lies
      above AWS's review: 20 of 20); or one single event, which alone proves nothing; or the interval
      reaches from what is healthy to AWS's review, so that it may be either (and it is not the case that
      five events or more have reached an early threshold).
    - "review" and "pause": the share has reached AWS's threshold, and it is certain (at 95 %) that it has
      reached the level before: 2 % of bounces for a review, 5 % for a pause.
    - "early": it has reached an early threshold, or a higher one that is not certain enough.
    - "healthy": below all of them, and the interval below AWS's review.
    """
    low, high = (float(end) for end in wilson(events, number))
    level = LEVELS[int(_levels(kind, events, number, low, high))]
    rate = min(events / number, 1.0) if number > 0 else None
    threshold = None
    if rate is not None and level not in ("too few", "healthy"):
        reached = [one for one in thresholds_of(kind) if one.level == level and one.share <= rate]
        threshold = reached[-1]
    sentence = _sentence(kind, level, events, number, rate, low, high, threshold)
    return RateVerdict(kind, level, sentence, events, number, rate, low, high, threshold)


def level_at(kind: Kind, share: float) -> tuple[Level, Threshold | None]:
    """The level of a share taken as it is, such as AWS's own rate, and the threshold it has reached."""
    reached = [one for one in thresholds_of(kind) if one.share <= share]
    return (reached[-1].level, reached[-1]) if reached else ("healthy", None)


def percent(share: float) -> str:
    """A share for people, with two digits that tell: `0.071 %`, `0.5 %`, `5 %`, `12 %`, `100 %`.

    With more of them where two would round it over a threshold: 4.996 % is not 5 %.
    """
    value = share * 100
    edges = [one.share * 100 for one in THRESHOLDS] + [100.0]
    for digits in range(2, 9):
        shown = float(f"{value:.{digits}g}")
        if all((shown >= edge) == (value >= edge) for edge in edges):
            break
    return f"{shown:.10f}".rstrip("0").rstrip(".") + " %"


# -- pieces ---------------------------------------------------------------------------------------


def _levels(
    kind: Kind, events: ArrayLike, number: ArrayLike, low: ArrayLike, high: ArrayLike
) -> np.ndarray[Any, Any]:
    """Positions in LEVELS, for numbers or whole columns: the rule of `judge_rate`."""
    import numpy as np

    found, sent = np.asarray(events, dtype="float64"), np.asarray(number, dtype="float64")
    lower, upper = np.asarray(low), np.asarray(high)
    share = np.minimum(found / np.maximum(sent, 1.0), 1.0)
    known = thresholds_of(kind)
    first = {level: min(one.share for one in known if one.level == level) for level in LEVELS[2:]}
    either = (lower < first["early"]) & (upper >= first["review"])
    telling = (found >= TELLING) & (share >= first["early"])
    alone = (found <= 1) & (share >= first["early"])
    certain = (found >= TELLING) & (lower >= first["review"])  # also of a few mails
    too_few = ((sent < FEWEST) & ~certain) | (either & ~telling) | alone
    conditions = [
        too_few,
        (share >= first["pause"]) & (lower >= first["review"]),
        (share >= first["review"]) & (lower >= first["early"]),
        share >= first["early"],
    ]
    return np.select(conditions, [0, 4, 3, 2], default=1)


_DONE = {"bounces": "bounced", "complaints": "were complained of"}


def _sentence(
    kind: Kind,
    level: Level,
    events: int,
    number: int,
    rate: float | None,
    low: float,
    high: float,
    threshold: Threshold | None,
) -> str:
    if rate is None:
        return "Nothing was sent."
    review = next(one for one in thresholds_of(kind) if one.level == "review")
    what = f"{events:,} of {number:,} mails {_DONE[kind]}"
    share = f"{what} ({percent(rate)})"
    if level == "too few":
        return f"{what}: too few mails to judge; anything from {percent(low)} to {percent(high)} is likely."
    if threshold is None:
        return f"{share}, below AWS's {percent(review.share)}."
    if level == "early":
        return f"{share}, which has reached {percent(threshold.share)} ({threshold.meaning})."
    return f"{share}: from {percent(threshold.share)} on, {threshold.meaning}."
