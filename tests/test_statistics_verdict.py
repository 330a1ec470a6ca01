"""The verdict: one sentence, its reason, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from practice_chain import fresh
from practice_client import mail
from sesutil import Account, Practice, connect
from sesutil.practice import serve
from sesutil.statistics.bins import BIN_COLUMNS, KEY_COLUMNS
from sesutil.statistics.changing import sudden_changes
from sesutil.statistics.quota import QUOTA_COLUMNS
from sesutil.statistics.reputation import REPUTATION_COLUMNS
from sesutil.statistics.sources import PROBLEM_COLUMNS, SOURCE_COLUMNS, Source, Statistics, read_statistics
from sesutil.statistics.suppression import SUPPRESSION_COLUMNS
from sesutil.statistics.verdict import Verdict, verdict, verdicts

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
ID = "123456789012"
HEALTHY: dict[str, Any] = {
    "account_id": ID, "region": "us-east-1", "mode": "live", "production": True, "sending_enabled": True,
    "enforcement": "HEALTHY", "max_24_hours": 50_000, "sent_24_hours": 300, "left": 49_700,
    "used_share": 0.006, "max_per_second": 14.0, "read_at": NOW, "error": "",
}  # fmt: skip


def table(rows: list[dict[str, Any]], columns: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {name: pd.Series([row.get(name) for row in rows], dtype=dtype) for name, dtype in columns.items()}
    )


def statistics(
    *days: tuple[int, int, int],
    own: tuple[float, float] | None = None,
    unread: tuple[str, ...] = (),
    **quota: Any,
) -> Statistics:
    """An account with (sends, bounces, complaints) on each day up to now, the oldest first."""
    first = NOW - timedelta(days=len(days)) + timedelta(hours=6)
    bins = [
        {"account_id": ID, "region": "us-east-1", "start": first + timedelta(days=number), "rejects": 0}
        | dict(zip(("attempts", "bounces", "complaints"), day, strict=True))
        for number, day in enumerate(days)
        if any(day)
    ]
    rates = [{"at": NOW, "bounce_rate": own[0], "complaint_rate": own[1]}] if own else []
    rates = [{"account_id": ID, "region": "us-east-1"} | rate for rate in rates]
    failed = [
        {"source": "here", "account_id": ID, "region": "us-east-1", "part": part, "code": "AccessDenied"}
        | {"sentence": f"The {part} of here cannot be read (AccessDenied).", "next_step": f"Allow {part}."}
        for part in unread
    ]
    state = HEALTHY | quota
    if "quota" in unread:
        state = {"account_id": ID, "region": "us-east-1", "error": "AccessDenied", "read_at": NOW}
    source = {"source": "here", "account_id": ID, "region": "us-east-1", "mode": "live", "read_at": NOW}
    return Statistics(
        sources=table([source], SOURCE_COLUMNS),
        quota=table([state], QUOTA_COLUMNS),
        bins=table(bins, {**KEY_COLUMNS, **BIN_COLUMNS}),
        reputation=table(rates, {**KEY_COLUMNS, **REPUTATION_COLUMNS}),
        suppression=table([], {**KEY_COLUMNS, **SUPPRESSION_COLUMNS}),
        problems=table(failed, PROBLEM_COLUMNS),
    )


CALM = [(300, 0, 0)] * 14


@pytest.mark.parametrize(
    ("given", "level", "passed", "words"),
    [
        (statistics(*CALM), "good", "", "Healthy: 0 of 4,200 mails bounced within two weeks (0 %), far"),
        (statistics(*[(300, 4, 0)] * 14), "good", "", "(1.3 %), far below AWS's 5 %."),
        (statistics(*[(300, 5, 0)] * 14), "good", "", "(1.7 %), below AWS's 5 %"),
        (statistics(*[(300, 7, 0)] * 14), "look", "early", "has reached 2 % (AWS recommends"),
        (statistics(*[(300, 13, 0)] * 14), "look", "early", "has reached 4 %"),
        (statistics(*[(300, 16, 0)] * 14), "bad", "review", "5.3 %): from 5 % on, AWS puts the account"),
        (statistics(*[(300, 33, 0)] * 14), "bad", "pause", "from 10 % on, AWS may pause sending"),
        (statistics(*CALM[:13], (300, 0, 9)), "bad", "review", "9 of 4,200 mails were complained of"),
        (statistics(*[(300, 0, 2)] * 14), "bad", "pause", "from 0.5 % on"),
        (statistics((5, 0, 0), (7, 0, 0)), "unknown", "", "0 of 12 mails bounced: too few mails to judge"),
        (statistics((60, 3, 0)), "unknown", "", "3 of 60 mails bounced: too few"),
        (statistics((49, 40, 0)), "bad", "pause", "40 of 49 mails bounced (82 %): from 10 % on"),
        (statistics((20, 20, 0)), "bad", "pause", "20 of 20 mails bounced (100 %): from 10 % on"),
        (statistics((4, 4, 0)), "unknown", "", "4 of 4 mails bounced: too few"),
        (statistics(), "unknown", "", "Nothing was sent within two weeks"),
        (statistics(*CALM, enforcement="PROBATION"), "bad", "review", "AWS has put the account under review"),
        (statistics(*CALM, enforcement="SHUTDOWN"), "bad", "pause", "AWS has paused sending in us-east-1."),
        (statistics(*CALM, sending_enabled=False), "bad", "pause", "Sending is switched off in us-east-1."),
        (statistics(*CALM, used_share=0.899, sent_24_hours=44_950), "good", "", "Healthy"),
        (statistics(*CALM, used_share=0.9, sent_24_hours=45_000), "look", "early", "used up: 5,000 are left"),
        (statistics(*CALM, used_share=0.99998, sent_24_hours=49_999), "look", "early", "used up: 1 is left."),
        (statistics(*CALM, used_share=1.0, sent_24_hours=50_000), "bad", "pause", "is used up"),
        (statistics(*CALM, used_share=1.2, sent_24_hours=60_000), "bad", "pause", "is used up"),
        (statistics(*CALM, used_share=None, max_24_hours=None, left=None), "good", "", "Healthy"),
        (statistics(*CALM, own=(0.06, 0.0)), "bad", "review", "AWS measures 6 % of bounces: from 5 % on"),
        (statistics(*CALM, own=(0.0, 0.006)), "bad", "pause", "AWS measures 0.6 % of complaints"),
        (statistics(*CALM, own=(0.03, 0.0)), "look", "early", "AWS measures 3 % of bounces"),
        (statistics((9, 3, 0), own=(1 / 3, 0.0)), "unknown", "", "too few"),  # AWS's rate is of the same nine
        (statistics((620, 0, 1), own=(0, 1 / 620)), "look", "early", "rests on 1 of 620 mails: too few"),
        (statistics((620, 0, 1), own=(0, 0.006)), "bad", "pause", "AWS measures 0.6 %"),  # AWS's is of more
        (statistics((9, 0, 0), own=(0.18, 0.0)), "bad", "pause", "AWS measures 18 %"),  # AWS's is of more
        (statistics(unread=("quota", "bins")), "unknown", "", "The quota of here cannot be read"),
        (statistics(unread=("bins",)), "unknown", "", "The bins of here cannot be read"),
        (statistics(*CALM, unread=("quota",)), "unknown", "", "The quota of here cannot be read"),
        (statistics(*[(300, 33, 0)] * 14, unread=("quota",)), "bad", "pause", "from 10 % on"),
        (statistics(*CALM, unread=("reputation", "suppression")), "good", "", "Healthy"),
    ],
)  # fmt: skip
def test_verdicts(given: Statistics, level: str, passed: str, words: str) -> None:
    found = verdict(given)
    assert words in found.sentence
    assert (found.level, found.passed) == (level, passed)
    assert found.sentence.endswith(".")
    if level in ("bad", "look"):
        assert found.next_step.endswith((".", ")"))
        assert found.reason
    assert "nan" not in f"{found.sentence} {found.reason}".lower()
    assert ID not in repr(found)


def test_the_worst_comes_first_and_the_others_are_noted() -> None:
    found = verdict(
        statistics(*[(300, 7, 0)] * 14, enforcement="PROBATION", used_share=0.95, sent_24_hours=47_500)
    )
    assert found.sentence == "AWS has put the account under review in us-east-1."
    assert "4,200 mails within two weeks: 98 bounces" in found.reason
    assert len(found.notes) == 2
    assert "nearly used up" in " ".join(found.notes)
    assert "2.3 %" in " ".join(found.notes)


def test_what_cannot_be_judged_still_tells_what_is_known() -> None:
    found = verdict(statistics(*CALM, unread=("quota",)))
    assert any(note.startswith("Healthy: 0 of 4,200") for note in found.notes)
    assert found.next_step == "Allow quota."


def test_the_span_is_what_is_judged() -> None:
    old = [(300, 60, 0)] * 7 + [(300, 0, 0)] * 7
    assert verdict(statistics(*old)).passed == "pause"
    week = verdict(statistics(*old), days=7)
    assert (week.level, week.sentence) == (
        "good", "Healthy: 0 of 2,100 mails bounced within a week (0 %), far below AWS's 5 %.",
    )  # fmt: skip
    assert "within 3 days" in verdict(statistics(*old), days=3).sentence


@pytest.mark.parametrize(
    ("days", "span"),
    [(1, "a day"), (30, "30 days"), (365, "365 days"), (1830, "5 years"), (3660, "ten years")],
)
def test_a_span_is_said_as_people_say_it(days: int, span: str) -> None:
    assert f" within {span}" in verdict(statistics(*CALM), days=days).sentence


def test_bounces_of_mails_before_the_span_are_said() -> None:
    found = verdict(statistics(*CALM[:13], (0, 12, 1)), days=1)
    assert found.level == "look"  # and nothing was sent all of a sudden
    assert any(
        note.startswith("Nothing was sent within a day, and 12 bounces and 1 com") for note in found.notes
    )
    few = verdict(statistics((300, 0, 0), (0, 12, 1)), days=1)
    assert few.sentence.startswith(
        "Nothing was sent within a day, and 12 bounces and 1 complaint came of mails"
    )
    assert (few.level, few.idle) == ("unknown", False)


def test_mails_to_the_simulator_make_no_account_healthy() -> None:
    only = verdict(statistics((170, 0, 0), sent_24_hours=0))
    assert (only.level, only.passed) == ("unknown", "")
    assert "0 of 170 mails bounced, and nearly all of them seem to have gone to the mailbox simulator" in (
        only.sentence
    )
    some = verdict(statistics(*CALM, sent_24_hours=20))
    assert some.level == "good"
    assert "GetAccount does not count 280 of the mails of the last 24 hours" in some.reason
    assert "GetAccount" not in verdict(statistics(*CALM, sent_24_hours=160)).reason


def test_a_rate_of_aws_s_of_days_ago_has_its_day() -> None:
    old = statistics(*CALM, own=(0.06, 0.0))
    old = replace(old, reputation=old.reputation.assign(at=NOW - timedelta(days=3)))
    found = verdict(old)
    assert found.sentence.startswith("AWS measured, on 12 June, 6 % of bounces: from 5 % on")
    assert "AWS measured, on 12 June, 6 % bounces and 0 % complaints." in found.reason


@pytest.mark.parametrize(
    ("days", "what"),
    [
        (CALM, []),
        ([*CALM[:13], (601, 0, 0)], ["more sends"]),
        ([*CALM[:13], (600, 0, 0)], []),
        ([*CALM[:13], (0, 0, 0)], ["no sends"]),
        ([*[(9, 0, 0)] * 13, (0, 0, 0)], []),  # there may be such days
        ([*CALM[:5], (0, 0, 0), *CALM[:7], (0, 0, 0)], ["no sends"]),  # one quiet day hides nothing
        ([*CALM[:6], (0, 0, 0), *CALM[:6], (0, 0, 0)], []),  # each Sunday is quiet
        ([*[(300, 0, 0), (0, 0, 0)] * 7], []),  # every other day is
        ([*CALM[:13], (49, 49, 0)], ["bounces"]),
        ([*[(3000, 0, 0)] * 13, (20, 19, 0)], ["bounces"]),
        ([*CALM[:13], (20, 4, 0)], []),  # one address, tried four times
        ([*[(300, 1, 0)] * 13, (300, 9, 0)], ["bounces"]),
        ([*[(300, 1, 0)] * 13, (300, 3, 0)], []),
        ([*[(300, 6, 0)] * 13, (300, 12, 0)], []),  # 2 %, 4 %: may be chance
        ([*[(3000, 6, 0)] * 13, (3000, 12, 1)], []),
        ([*[(3000, 6, 0)] * 13, (3000, 15, 1)], ["bounces"]),
        ([*CALM[:13], (300, 0, 3)], ["complaints"]),
        ([*CALM[:4], (900, 90, 9)], []),  # what is usual is not known yet
        ([(0, 0, 0)] * 14, []),
    ],
)
def test_sudden_changes(days: list[tuple[int, int, int]], what: list[str]) -> None:
    given = statistics(*days)
    assert [change.what for change in sudden_changes(given.bins, NOW)] == what
    if what in (["more sends"], ["no sends"]):
        found = verdict(given)
        assert (found.level, found.passed) == ("look", "early")
        assert found.next_step


# -- several --------------------------------------------------------------------------------------


def together(*given: tuple[str, Statistics]) -> Statistics:
    """Accounts put into one, each with a Region and a name of its own."""
    frames: dict[str, list[pd.DataFrame]] = {}
    for region, one in given:
        for name in ("sources", "quota", "bins", "reputation", "suppression", "problems"):
            frame = getattr(one, name).assign(region=region)
            if "source" in frame:
                frame["source"] = region
            frames.setdefault(name, []).append(frame)
    return Statistics(**{name: pd.concat(parts, ignore_index=True) for name, parts in frames.items()})


def test_of_several_accounts_the_worst_one_is_named() -> None:
    ill = statistics(*[(300, 33, 0)] * 14)
    given = together(("us-east-1", statistics(*CALM)), ("eu-west-1", ill), ("eu-west-3", statistics()))
    found = verdict(given)
    assert (found.level, found.passed) == ("bad", "pause")
    assert found.sentence.startswith("eu-west-1: Within two weeks, 462 of 4,200 mails bounced")
    assert found.notes == (
        "eu-west-3: Nothing was sent within two weeks: there is nothing to judge.",
        "us-east-1: Healthy: 0 of 4,200 mails bounced within two weeks (0 %), far below AWS's 5 %.",
    )
    assert [one.level for one in verdicts(given)] == ["good", "bad", "unknown"]
    assert [one.source for one in verdicts(given)] == ["us-east-1", "eu-west-1", "eu-west-3"]


def test_a_region_in_which_nothing_is_sent_says_nothing_of_the_others() -> None:
    found = verdict(together(("eu-west-3", statistics()), ("us-east-1", statistics(*CALM))))
    assert (found.level, found.sentence[:20]) == ("good", "us-east-1: Healthy: ")
    assert found.notes[-1] == "eu-west-3: Nothing was sent within two weeks: there is nothing to judge."
    unread = together(("eu-west-3", statistics(unread=("bins",))), ("us-east-1", statistics(*CALM)))
    assert verdict(unread).level == "unknown"  # nobody knows of it
    assert verdict(together(("eu-west-3", statistics()), ("us-east-1", statistics()))).level == "unknown"


def test_all_well() -> None:
    found = verdict(together(("us-east-1", statistics(*CALM)), ("eu-west-1", statistics(*CALM))))
    assert found.level == "good"
    assert found.sentence.startswith("All 2 accounts and Regions are healthy. us-east-1: Healthy: 0 of 4,200")


def test_no_account() -> None:
    found = verdict(read_statistics([]))
    assert (found.level, found.sentence) == ("unknown", "No account was read.")


# -- in practice ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with serve(preset="production") as endpoint:
        yield connect(practice=endpoint)


def judged(account: Account) -> Verdict:
    return verdict(read_statistics([Source("mine", account)]))


def test_one_bounced_test_mail_is_no_reason_to_panic(account: Account) -> None:
    practice = Practice(account)
    first = judged(account)
    assert (first.level, first.sentence[:16]) == ("unknown", "Nothing was sent")
    practice.plant_fault("bounce", address="gone.example.org")
    account.ses.send_email(**mail([fresh("gone.example.org"), fresh()]))
    practice.advance(minutes=2)
    found = judged(account)
    assert (found.level, found.passed) == ("unknown", "")
    assert "AWS measures 50 % bounces" in found.reason


def test_an_account_that_falls_ill(account: Account) -> None:
    practice = Practice(account)
    practice.plant_history(seed=1)
    planted = judged(account)
    assert (planted.level, planted.passed) == ("good", "")
    assert re.search(r"AWS measures 1(\.\d)? % bounces", planted.reason)
    practice.enforce("PROBATION")
    assert judged(account).passed == "review"
    practice.enforce("SHUTDOWN")
    paused = judged(account)
    assert (paused.level, paused.passed) == ("bad", "pause")
    assert "AWS has paused sending" in paused.sentence
    practice.enforce("HEALTHY")
    account.ses.put_account_sending_attributes(SendingEnabled=False)
    assert judged(account).sentence == "Sending is switched off in us-east-1."
