"""Is the account healthy? One sentence, what it rests on, and what to do.

AWS's own word counts most (EnforcementStatus), then AWS's own rates, where CloudWatch may be asked, then
the counted ones. Each account is judged in each Region for itself, as AWS does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from sesutil.statistics.bins import between, totals
from sesutil.statistics.changing import sudden_changes
from sesutil.statistics.rates import (
    FEWEST,
    Kind,
    RateVerdict,
    judge_rate,
    level_at,
    percent,
    thresholds_of,
)
from sesutil.statistics.sources import Statistics

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NEARLY_USED", "Verdict", "verdict", "verdicts"]

VerdictLevel = Literal["good", "look", "bad", "unknown"]
Passed = Literal["early", "review", "pause"]

NEARLY_USED = 0.9
"""The share of the 24 hours' quota from which on it is said to be nearly used up. Ours."""


@dataclass(frozen=True)
class Verdict:
    """How an account is, in a sentence.

    level
        good; look (nothing has happened yet, and something should be looked at); bad (mail is stopped, or
        AWS acts, or is about to); unknown (nothing to judge by: not read, nothing or too little sent).
    sentence, reason, next_step
        What is the matter, what that rests on, and what to do ("" where nothing is to be done).
    passed
        The worst threshold that was passed: early, review or pause; "" for none. A review by AWS counts
        as review; sending that is paused, switched off or out of quota as pause.
    notes
        Sentences on what else is to be seen, worst first.
    idle
        Whether nothing was sent, and nothing else is the matter.
    source, account_id, region
        Which account; empty when it is about several.
    """

    level: VerdictLevel
    sentence: str
    reason: str = ""
    next_step: str = ""
    passed: Passed | Literal[""] = ""
    notes: tuple[str, ...] = ()
    idle: bool = False
    source: str = ""
    account_id: str = field(default="", repr=False)
    region: str = ""


def verdict(statistics: Statistics, *, days: float = 14) -> Verdict:
    """The verdict on all accounts together: the worst one's, and how many are like it.

    `days` is the span that the counted rates are taken from.
    """
    found = verdicts(statistics, days=days)
    if not found:
        return Verdict("unknown", "No account was read.", "", "Name an account: a Region, or a profile.")
    # A Region in which nothing is sent says nothing of the others.
    worst = max([one for one in found if not one.idle] or found, key=_weight)
    if len(found) == 1:
        return worst
    others = [one for one in found if one is not worst]
    said = [f"{_place(one, found)}: {one.sentence}" for one in sorted(others, key=_weight, reverse=True)]
    if all(one.level == "good" for one in found):
        sentence = (
            f"All {len(found)} accounts and Regions are healthy. {_place(worst, found)}: {worst.sentence}"
        )
    else:
        sentence = f"{_place(worst, found)}: {worst.sentence}"
    return replace(worst, sentence=sentence, notes=(*worst.notes, *said), source="", account_id="", region="")


def verdicts(statistics: Statistics, *, days: float = 14) -> tuple[Verdict, ...]:
    """One verdict for each account and Region, in the order of `statistics.sources`."""
    return tuple(_judge(_Seen.of(statistics, row, days)) for row in statistics.sources.to_dict("records"))


# -- what is looked at ----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Seen:
    """All that is known of one account in one Region. None is what was not asked or not answered."""

    source: str
    account_id: str
    region: str
    now: datetime
    days: float
    quota: dict[str, Any] | None
    bins: pd.DataFrame | None
    reputation: pd.DataFrame
    problems: list[dict[str, str]]

    @classmethod
    def of(cls, statistics: Statistics, row: dict[Any, Any], days: float) -> _Seen:
        def own(frame: pd.DataFrame) -> pd.DataFrame:
            chosen = (frame["account_id"] == row["account_id"]) & (frame["region"] == row["region"])
            mine: pd.DataFrame = frame[chosen]
            return mine

        place = {"source": row["source"], "region": row["region"]}
        unread = statistics.failures("quota", "bins", **place)
        quota = own(statistics.quota).to_dict("records")
        known = [one for one in quota if not one["error"]]
        bins = own(statistics.bins)
        return cls(
            source=row["source"],
            account_id=row["account_id"],
            region=row["region"],
            now=row["read_at"].to_pydatetime(),
            days=days,
            quota={str(key): value for key, value in known[0].items()} if known else None,
            # No bins and nothing said of it: an account that has sent nothing.
            bins=None if bins.empty and len(statistics.failures("bins", **place)) else bins,
            reputation=own(statistics.reputation),
            problems=[{str(key): value for key, value in one.items()} for one in unread.to_dict("records")],
        )

    @property
    def here(self) -> pd.DataFrame | None:
        if self.bins is None:
            return None
        return between(self.bins, self.now - timedelta(days=self.days))

    @property
    def span(self) -> str:
        whole = round(self.days, 1)
        known = {14: "two weeks", 7: "a week", 1: "a day", 3660: "ten years"}
        if whole > 700 and whole not in known:
            return f"{round(whole / 365.25)} years"
        return known.get(whole, f"{whole:g} days")  # type: ignore[call-overload, no-any-return]


@dataclass(frozen=True)
class _Matter:
    """Something to be said, and how bad it is."""

    level: VerdictLevel
    passed: Passed | Literal[""]
    sentence: str
    reason: str = ""
    next_step: str = ""
    idle: bool = False


def _judge(seen: _Seen) -> Verdict:
    matters = sorted(_matters(seen), key=_weight, reverse=True)
    worst = matters[0]
    return Verdict(
        level=worst.level,
        sentence=worst.sentence,
        reason=worst.reason or _evidence(seen),
        next_step=worst.next_step,
        passed=worst.passed,
        notes=tuple(one.sentence for one in matters[1:] if one.level != "good" or worst.level == "unknown"),
        idle=worst.idle,
        source=seen.source,
        account_id=seen.account_id,
        region=seen.region,
    )


_PASSED = ("", "early", "review", "pause")
_LEVELS = ("good", "unknown", "look", "bad")


def _weight(one: Verdict | _Matter) -> tuple[int, int]:
    return _LEVELS.index(one.level), _PASSED.index(one.passed)


# -- what is said ---------------------------------------------------------------------------------


def _matters(seen: _Seen) -> Iterator[_Matter]:
    yield from _unread(seen)
    yield from _enforcement(seen)
    yield from _quota(seen)
    counted = seen.here
    if counted is None:
        return
    judged = {kind: judge_rate(kind, totals(counted)[kind], totals(counted)["attempts"]) for kind in _KINDS}
    yield from _rates(seen, judged)
    for change in sudden_changes(seen.bins, seen.now) if seen.bins is not None else ():
        steps = {"more sends": _MORE, "no sends": _NONE, "bounces": _BOUNCES, "complaints": _COMPLAINTS}
        yield _Matter(
            "look", "early", change.sentence, "The last 24 hours against the 13 days before.",
            steps[change.what],
        )  # fmt: skip
    yield _ordinary(seen, judged)


_KINDS: tuple[Kind, ...] = ("bounces", "complaints")
_BOUNCES = (
    "Find where the wrong addresses come from (a captcha at sign-up, a blocklist in Logto), and send to none "
    "of them again: the suppression list names them."
)
_COMPLAINTS = (
    "Look which mails are complained of, and whether those people asked for them; somebody else may be "
    "entering their addresses (a captcha at sign-up)."
)
_STEPS = {"bounces": _BOUNCES, "complaints": _COMPLAINTS}
_MORE = (
    "Look who caused it: sign-ups by robots send codes to strangers. Ask for a higher quota if it is meant."
)
_NONE = "Send a test mail: sesutil send. Look whether Logto still uses this account and Region."
_UNREADABLE = "Look at the problems that are listed."


def _unread(seen: _Seen) -> Iterator[_Matter]:
    for problem in seen.problems:
        yield _Matter(
            "unknown", "", problem["sentence"], f"{problem['part']}: {problem['code']}",
            problem["next_step"] or _UNREADABLE,
        )  # fmt: skip
    if seen.quota is None and seen.bins is None and not seen.problems:
        yield _Matter("unknown", "", "Nothing was read.", "", _UNREADABLE)


def _enforcement(seen: _Seen) -> Iterator[_Matter]:
    if seen.quota is None:
        return
    status, region = str(seen.quota["enforcement"]), seen.region
    answer = "Read the mail that AWS sent to the account's owner, mend what it names, and answer the case."
    reason = f"GetAccount says EnforcementStatus {status}. {_evidence(seen)}".strip()
    if status == "SHUTDOWN":
        yield _Matter("bad", "pause", f"AWS has paused sending in {region}.", reason, answer)
    elif status == "PROBATION":
        yield _Matter("bad", "review", f"AWS has put the account under review in {region}.", reason, answer)
    if not seen.quota["sending_enabled"] and status != "SHUTDOWN":
        yield _Matter(
            "bad", "pause", f"Sending is switched off in {region}.",
            "GetAccount says SendingEnabled false.",
            "Switch it on again: PutAccountSendingAttributes, or the SES console.",
        )  # fmt: skip


def _quota(seen: _Seen) -> Iterator[_Matter]:
    if seen.quota is None:
        return
    share = float(seen.quota["used_share"])
    if math.isnan(share) or share < NEARLY_USED:
        return
    sent, limit = int(seen.quota["sent_24_hours"]), int(seen.quota["max_24_hours"])
    reason = f"{sent:,} of {limit:,} recipients within 24 hours."
    ask = "Wait until older sends are more than 24 hours ago, or ask AWS for a higher quota."
    if share >= 1:
        yield _Matter(
            "bad", "pause", "The quota of the last 24 hours is used up: SES refuses mail.", reason, ask
        )
    else:
        yield _Matter(
            "look", "early", f"The quota of 24 hours is nearly used up: {_left(limit - sent)} left.", reason,
            "Hold back what can wait, and ask AWS for a higher quota before it runs out.",
        )  # fmt: skip


def _rates(seen: _Seen, judged: dict[Kind, RateVerdict]) -> Iterator[_Matter]:
    """Counted, and by AWS's own measure: the worse one is said."""
    for kind in _KINDS:
        counted = judged[kind]
        own = _own_rate(seen, kind)
        own_level, own_threshold = level_at(kind, own) if own is not None else ("healthy", None)
        # A rate of AWS's that rests on the same few mails proves no more than they do.
        same = own is None or _close(own, counted.rate)
        few = same and counted.level == "too few"
        if own is not None and own_threshold is not None and few and counted.number >= FEWEST:
            yield _Matter(
                "look", "early",
                f"{_measured(seen, kind)} {percent(own)} of {kind}, which rests on {counted.events:,} of "
                f"{_number(counted.number, 'mail')}: too few to judge by.",
                f"CloudWatch, {_METRIC[kind]}. {_evidence(seen)}".strip(), _STEPS[kind],
            )  # fmt: skip
        elif own is not None and own_threshold is not None and not few and _worse(own_level, counted.level):
            share = percent(own)
            sentence = f"{_measured(seen, kind)} {share} of {kind}: from {percent(own_threshold.share)} on, "
            yield _Matter(
                "bad" if own_level in ("review", "pause") else "look", own_threshold.level,
                f"{sentence}{own_threshold.meaning}.",
                f"CloudWatch, {_METRIC[kind]}. {_evidence(seen)}".strip(), _STEPS[kind],
            )  # fmt: skip
        elif counted.threshold is not None:
            bad = counted.level in ("review", "pause")
            yield _Matter(
                "bad" if bad else "look", counted.threshold.level, f"Within {seen.span}, {counted.sentence}",
                "", _STEPS[kind],
            )  # fmt: skip


_METRIC = {"bounces": "Reputation.BounceRate", "complaints": "Reputation.ComplaintRate"}


def _worse(one: str, other: str) -> bool:
    order = ("healthy", "too few", "early", "review", "pause")
    return order.index(one) > order.index(other)


def _close(one: float, other: float | None) -> bool:
    return other is not None and abs(one - other) <= 0.1 * max(one, other)


_COLUMNS = {"bounces": "bounce_rate", "complaints": "complaint_rate"}


def _own_rate(seen: _Seen, kind: Kind) -> float | None:
    """AWS's latest, None where there is none."""
    values = seen.reputation[_COLUMNS[kind]].dropna()
    return float(values.iloc[-1]) if len(values) else None


def _measured(seen: _Seen, *kinds: Kind) -> str:
    """`AWS measures`; with the day where the latest value is more than a day old."""
    known = [seen.reputation["at"][seen.reputation[_COLUMNS[kind]].notna()] for kind in kinds]
    at = max((times.iloc[-1].to_pydatetime() for times in known if len(times)), default=seen.now)
    return "AWS measures" if seen.now - at <= timedelta(days=1) else f"AWS measured, on {at.day} {at:%B},"


def _ordinary(seen: _Seen, judged: dict[Kind, RateVerdict]) -> _Matter:
    """What there is to say when nothing is the matter."""
    bounces = judged["bounces"]
    if bounces.number == 0 and bounces.events + judged["complaints"].events:
        came = f"{_number(bounces.events, 'bounce')} and {_number(judged['complaints'].events, 'complaint')}"
        return _Matter(
            "unknown", "",
            f"Nothing was sent within {seen.span}, and {came} came of mails that were sent before.",
            _evidence(seen), f"Look at a longer span. {_BOUNCES}",
        )  # fmt: skip
    if bounces.number == 0:
        return _Matter(
            "unknown", "", f"Nothing was sent within {seen.span}: there is nothing to judge.",
            _evidence(seen), "Send a test mail: sesutil send.", idle=True,
        )  # fmt: skip
    if bounces.level == "too few":
        return _Matter("unknown", "", f"Within {seen.span}, {bounces.sentence}", _evidence(seen))
    uncounted = _uncounted(seen)
    if uncounted and bounces.number - uncounted < FEWEST:
        return _Matter(
            "unknown", "",
            f"Within {seen.span}, {bounces.events:,} of {_number(bounces.number, 'mail')} bounced, and "
            "nearly all of them seem to have gone to the mailbox simulator: they say nothing of the account.",
            _evidence(seen),
        )  # fmt: skip
    known = thresholds_of("bounces")
    review = next(one.share for one in known if one.level == "review")
    far = "far below" if bounces.high < known[0].share else "below"
    share = percent(bounces.rate or 0.0)
    sentence = (
        f"Healthy: {bounces.events:,} of {bounces.number:,} mails bounced within {seen.span} ({share}), "
        f"{far} AWS's {percent(review)}."
    )
    return _Matter("good", "", sentence, _evidence(seen))


def _uncounted(seen: _Seen) -> int:
    """How many attempts of the last 24 hours the quota does not know: those to the mailbox simulator, which
    GetAccount does not count. 0 unless they are most of them: the two are not counted at the same moment.

    That GetSendStatistics does count them is recorded of the practice account, and of AWS a guess.
    """
    if seen.quota is None or seen.bins is None:
        return 0
    counted = totals(between(seen.bins, seen.now - timedelta(days=1)))["attempts"]
    known = int(seen.quota["sent_24_hours"])
    return counted - known if known < counted / 2 else 0


def _evidence(seen: _Seen) -> str:
    """What is known, in a line of sentences."""
    said = []
    counted = seen.here
    if counted is not None and len(counted):
        sums = totals(counted)
        said.append(
            f"{_number(sums['attempts'], 'mail')} within {seen.span}: {_number(sums['bounces'], 'bounce')}, "
            f"{_number(sums['complaints'], 'complaint')}, {_number(sums['rejects'], 'reject')}."
        )
        complaints = judge_rate("complaints", sums["complaints"], sums["attempts"])
        if complaints.level == "too few" and sums["attempts"]:
            said.append("Too few mails to judge complaints by.")
    if uncounted := _uncounted(seen):
        said.append(
            f"GetAccount does not count {uncounted:,} of the mails of the last 24 hours: mails to the "
            "mailbox simulator count here, and not there."
        )
    own = {kind: _own_rate(seen, kind) for kind in _KINDS}
    if any(share is not None for share in own.values()):
        rates = [f"{percent(share)} {kind}" for kind, share in own.items() if share is not None]
        said.append(f"{_measured(seen, *own)} {' and '.join(rates)}.")
    if seen.quota is not None and not math.isnan(float(seen.quota["used_share"])):
        said.append(f"{percent(float(seen.quota['used_share']))} of the day's quota is used.")
    return " ".join(said)


def _left(number: int) -> str:
    return f"{number:,} {'is' if number == 1 else 'are'}"


def _number(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def _place(one: Verdict, among: tuple[Verdict, ...]) -> str:
    """What tells this account from the others: its name, and its Region where the name alone does not."""
    same = sum(other.source == one.source for other in among)
    return f"{one.source} ({one.region})" if same > 1 or one.region not in one.source else one.source
