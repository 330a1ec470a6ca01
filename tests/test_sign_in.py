"""Codes that are issued and typed: what a Logto 1.42 answered, step by step, and the words for it."""

from __future__ import annotations

import json
import pickle
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sesutil import Account, Practice, UsageType, connect
from sesutil.errors import InvalidParameters, MessageRateLimited, PracticeError
from sesutil.launching import PracticeEndpoint
from sesutil.sign_in import CodeDesk, CodePolicy, Verdict, Waiting, clock_of
from sesutil.sign_in.verdicts import MESSAGES, duration

RECORDED = [
    json.loads(line)
    for line in (Path(__file__).parent / "sign_in" / "recorded.jsonl").read_text().splitlines()
]
ADDRESS = "code@example.net"


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **amount: float) -> None:
        self.time += timedelta(**amount)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(clock: Clock) -> CodeDesk:
    return CodeDesk(now=clock)


def wrong_for(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_the_desk_answers_as_logto_did(desk: CodeDesk, clock: Clock) -> None:
    codes: dict[str, str] = {}
    for row in RECORDED:
        clock.advance(minutes=row.get("minutes_before", 0))
        answer: tuple[int, Any, Any]
        if row["call"] == "verify":
            typed = codes[row["code_of"]] if "code_of" in row else row["typed"]
            verdict = desk.verify(row["email"], "Generic", typed)
            assert verdict.accepted == (verdict.code is None)
            answer = (204 if verdict.accepted else 400, verdict.code, verdict.message or None)
        else:
            try:
                codes[row["step"]] = desk.issue(row["email"], "Generic")
                answer = (204, None, None)
            except MessageRateLimited as limited:
                answer = (limited.http_status, limited.code, row["message"])
            except InvalidParameters:
                answer = (400, "guard.invalid_input", row["message"])
            if row["code"] == "connector.invalid_response":  # AWS refused the mail
                desk.not_sent(row["email"])
                answer = (400, row["code"], row["message"])
        assert answer == (row["status"], row["code"], row["message"]), row["step"]
    assert desk.sends_left("fail@example.net") == 10  # the recorded table counted successes alone: 16
    assert desk.waiting("fail@example.net", "Generic") is not None  # and a failed send left its code


def test_expired_comes_before_too_many_tries(clock: Clock) -> None:
    desk = CodeDesk(CodePolicy(tries=1), now=clock)
    code = desk.issue(ADDRESS, "SignIn")
    assert desk.verify(ADDRESS, "SignIn", wrong_for(code)).code == "verification_code.code_mismatch"
    assert desk.verify(ADDRESS, "SignIn", wrong_for(code)).code == "verification_code.exceed_max_try"
    clock.advance(seconds=601)
    assert desk.verify(ADDRESS, "SignIn", code).code == "verification_code.expired"


def test_a_code_counts_to_its_last_second(desk: CodeDesk, clock: Clock) -> None:
    code = desk.issue(ADDRESS, "SignIn")
    clock.advance(seconds=600)
    assert desk.verify(ADDRESS, "SignIn", code).accepted
    code = desk.issue(ADDRESS, "SignIn")
    clock.advance(seconds=600.001)
    assert not desk.verify(ADDRESS, "SignIn", code).accepted


def test_another_lifetime_counts_for_codes_under_way(desk: CodeDesk, clock: Clock) -> None:
    code = desk.issue(ADDRESS, "SignIn")
    clock.advance(seconds=61)
    desk.policy = replace(desk.policy, lifetime=60)
    assert desk.waiting(ADDRESS, "SignIn") == Waiting(ADDRESS, "SignIn", 10, 0)
    assert desk.verify(ADDRESS, "SignIn", code).code == "verification_code.expired"
    desk.policy = replace(desk.policy, lifetime=3600)
    assert desk.waiting(ADDRESS, "SignIn") == Waiting(ADDRESS, "SignIn", 10, 3539)
    assert desk.verify(ADDRESS, "SignIn", code).accepted
    assert desk.waiting(ADDRESS, "SignIn") is None


def test_what_is_left_is_told(desk: CodeDesk, clock: Clock) -> None:
    code = desk.issue(ADDRESS, "SignIn")
    clock.advance(seconds=30)
    verdict = desk.verify(ADDRESS, "SignIn", wrong_for(code))
    assert (verdict.tries_left, verdict.seconds_left) == (9, 570)
    assert "9 tries left" in verdict.next_step
    for _ in range(8):
        verdict = desk.verify(ADDRESS, "SignIn", wrong_for(code))
    assert "is 1 try left" in verdict.next_step
    verdict = desk.verify(ADDRESS, "SignIn", wrong_for(code))
    assert (verdict.tries_left, verdict.next_step) == (0, "Ask for a new code.")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("older", "older code"),
        ("wrong", "not the code that was sent"),
        ("12345", "6 digits"),
        ("", "6 digits"),
        ("\uff11\uff12\uff13\uff14\uff15\uff16", "6 digits"),
        ("123 456", "6 digits"),
    ],
)
def test_a_wrong_code_is_told_why(desk: CodeDesk, typed: str, says: str) -> None:
    older, code = desk.issue(ADDRESS, "SignIn"), desk.issue(ADDRESS, "SignIn")
    while older == code:
        code = desk.issue(ADDRESS, "SignIn")
    wrong = next(f"{n:06d}" for n in range(3) if f"{n:06d}" not in (older, code))
    verdict = desk.verify(ADDRESS, "SignIn", {"older": older, "wrong": wrong}.get(typed, typed))
    assert verdict.code == "verification_code.code_mismatch"
    assert says in verdict.sentence


def test_what_is_not_found_is_told_why(desk: CodeDesk) -> None:
    def why(address: str, usage_type: str, code: str = "123456") -> str:
        verdict = desk.verify(address, usage_type, code)
        assert (verdict.accepted, verdict.code) == (False, "verification_code.not_found")
        assert (verdict.tries_left, verdict.seconds_left) == (None, None)
        return f"{verdict.sentence} {verdict.next_step}"

    assert "Send a code first" in why(ADDRESS, "SignIn")
    code = desk.issue(ADDRESS, "SignIn")
    assert "capitals" in why("Code@example.net", "SignIn", code)
    assert "is for SignIn, not for Register" in why(ADDRESS, "Register", code)
    assert desk.verify(ADDRESS, "SignIn", code).accepted
    assert "a code is valid once" in why(ADDRESS, "SignIn", code)
    assert "is used up" in why(ADDRESS, "SignIn", wrong_for(code))
    assert "has no code" in why(ADDRESS, "OrganizationInvitation")


def test_each_usage_type_has_its_own_code(desk: CodeDesk) -> None:
    types = [name for name in UsageType if name != "OrganizationInvitation"]
    codes = {name: desk.issue(ADDRESS, name) for name in types}
    assert all(desk.verify(ADDRESS, name, code).accepted for name, code in codes.items())


def test_an_invitation_has_no_code(desk: CodeDesk) -> None:
    with pytest.raises(InvalidParameters, match="carries a link"):
        desk.issue(ADDRESS, "OrganizationInvitation")
    assert desk.sends_left(ADDRESS) == 10


@pytest.mark.parametrize(
    ("address", "usage_type", "says"),
    [
        ("nope", "SignIn", "no mail address for Logto"),
        ("a@b", "SignIn", "no mail address for Logto"),
        (ADDRESS, "SignOn", "Do you mean SignIn"),
        (ADDRESS, "xyz", "There are: SignIn"),
    ],
)
def test_what_logto_would_not_take_is_refused(
    desk: CodeDesk, address: str, usage_type: str, says: str
) -> None:
    with pytest.raises(InvalidParameters, match=says):
        desk.issue(address, usage_type)


def test_in_a_session_another_address_is_told_apart(desk: CodeDesk) -> None:
    code = desk.issue(ADDRESS, "SignIn", session="s1")
    verdict = desk.verify("other@example.net", "SignIn", code, session="s1")
    assert verdict.code == "verification_code.email_mismatch"
    assert ADDRESS in verdict.sentence
    assert verdict.tries_left == 10  # it costs no try
    assert desk.verify(ADDRESS, "SignIn", code, session="s2").code == "verification_code.not_found"
    other = desk.issue("other@example.net", "SignIn", session="s1")  # supersedes: the session has one code
    assert desk.verify("other@example.net", "SignIn", other, session="s1").accepted
    assert desk.verify(ADDRESS, "SignIn", code).code == "verification_code.not_found"


def test_without_a_session_a_new_code_takes_away_those_of_all_sessions(desk: CodeDesk) -> None:
    first = desk.issue(ADDRESS, "SignIn", session="s1")
    desk.issue(ADDRESS, "SignIn")
    assert desk.verify(ADDRESS, "SignIn", first, session="s1").code == "verification_code.not_found"


def test_a_limited_recipient_keeps_the_code_and_may_ask_again_later(desk: CodeDesk, clock: Clock) -> None:
    code = ""
    for number in range(10):
        assert desk.sends_left(ADDRESS) == 10 - number
        code = desk.issue(ADDRESS, "SignIn" if number % 2 else "Register")  # of any usage type
        clock.advance(seconds=10)
    with pytest.raises(MessageRateLimited, match="10 codes to one recipient in 10 minutes") as limited:
        desk.issue(ADDRESS.upper(), "SignIn")
    assert limited.value.seconds == 500
    assert "in 8 minutes 20 seconds" in str(limited.value)
    assert str(pickle.loads(pickle.dumps(limited.value))) == str(limited.value)
    assert desk.verify(ADDRESS, "SignIn", code).accepted
    clock.advance(seconds=499)
    with pytest.raises(MessageRateLimited):
        desk.issue(ADDRESS, "SignIn")
    clock.advance(seconds=1)
    desk.issue(ADDRESS, "SignIn")
    with pytest.raises(MessageRateLimited):
        desk.issue(ADDRESS, "SignIn")
    desk.not_sent(ADDRESS)
    desk.issue(ADDRESS, "SignIn")


def test_codes_are_six_digits_and_not_the_same(desk: CodeDesk) -> None:
    codes = [desk.issue(f"a{n}@example.net", "SignIn") for n in range(200)]
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert len(set(codes)) > 190
    assert any(code.startswith("0") for code in codes)


def test_no_repr_shows_a_code(desk: CodeDesk) -> None:
    code = desk.issue(ADDRESS, "SignIn")
    shown = repr(desk) + repr(desk.waiting(ADDRESS, "SignIn")) + repr(desk._issued)
    shown += repr(desk.verify(ADDRESS, "SignIn", code))
    assert code not in shown
    assert ADDRESS not in repr(desk)


@pytest.mark.parametrize(
    "wrong",
    [{"lifetime": 59}, {"lifetime": 3601}, {"tries": 0}, {"tries": 101}, {"tries": True}, {"lifetime": 90.5}],
)
def test_a_policy_is_one_that_logto_takes(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameters, match=next(iter(wrong))):
        CodePolicy(**wrong)
    assert CodePolicy(lifetime=60, tries=100).digits == 6


def test_two_threads_cannot_use_a_code_twice(desk: CodeDesk) -> None:
    code = desk.issue(ADDRESS, "SignIn")
    verdicts: list[Verdict] = []
    threads = [
        threading.Thread(target=lambda: verdicts.append(desk.verify(ADDRESS, "SignIn", code)))
        for _ in range(8)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sum(one.accepted for one in verdicts) == 1


def test_in_practice_the_accounts_own_clock_makes_a_code_expire(
    account: Account, ready: PracticeEndpoint
) -> None:
    desk = CodeDesk(now=clock_of(account))
    code = desk.issue(ADDRESS, "SignIn")
    Practice(ready).advance(minutes=11)
    verdict = desk.verify(ADDRESS, "SignIn", code)
    assert verdict.code == "verification_code.expired"
    assert "sent 11 minutes" in verdict.sentence
    assert "is valid for 10 minutes" in verdict.sentence


def test_live_the_machines_clock_counts() -> None:
    desk = CodeDesk(now=clock_of(connect(region="us-east-1")))
    assert desk.verify(ADDRESS, "SignIn", desk.issue(ADDRESS, "SignIn")).accepted


def test_without_the_practice_account_nothing_is_issued() -> None:
    def gone() -> datetime:
        raise PracticeError("gone")

    desk = CodeDesk(now=gone)
    with pytest.raises(PracticeError):
        desk.issue(ADDRESS, "SignIn")
    assert desk._issued == []


def test_every_code_has_logtos_text() -> None:
    recorded = {row["code"]: row["message"] for row in RECORDED if (row["code"] or "").startswith("verif")}
    assert recorded.items() <= MESSAGES.items()
    assert set(MESSAGES) - set(recorded) == {"verification_code.email_mismatch"}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (600, "10 minutes"),
        (3600, "1 hour"),
        (3725, "1 hour 2 minutes 5 seconds"),
    ],
)
def test_durations_in_words(seconds: int, text: str) -> None:
    assert duration(seconds) == text
