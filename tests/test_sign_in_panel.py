"""The card "Try the sign-in": what is waited for, the code typed, Logto's answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from sesutil.config import UsageType
from sesutil.errors import PracticeError
from sesutil.panels.pieces import run_now
from sesutil.panels.sign_in.model import SignInModel
from sesutil.panels.sign_in.view import SignInView
from sesutil.sign_in import CodeDesk, CodePolicy
from test_panels import HOSTILE, raising_clicks  # noqa: F401  the fixture is used by its name

ADDRESS = "qa@example.com"


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
        self.gone = False

    def __call__(self) -> datetime:
        if self.gone:
            raise PracticeError("The practice account does not answer.")
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(clock: Clock) -> CodeDesk:
    return CodeDesk(now=clock)


@pytest.fixture
def view(desk: CodeDesk) -> SignInView:
    return SignInView(SignInModel(desk))


def send(view: SignInView, address: str = ADDRESS, usage_type: str = "SignIn") -> str:
    """As a panel does it: the code is issued, the mail sent, and the card told."""
    code = view.model.desk.issue(address, usage_type)
    view.model.expect(address, usage_type)
    return code


def wrong_for(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def shown(widget: object) -> bool:
    return bool(widget.layout.display != "none")  # type: ignore[attr-defined]


def test_before_a_mail_there_is_nothing_to_type(view: SignInView) -> None:
    assert "send a mail first" in view._where.value
    assert not shown(view._fields)
    assert not shown(view._actions)
    view.model.typed = "123456"
    view.model.verify()
    assert view.model.state == "idle"


def test_the_right_code_is_accepted_once(view: SignInView) -> None:
    code = send(view)
    assert shown(view.code)
    assert ADDRESS in view._where.value
    assert "sign-in page" in view._where.value
    assert view.verify_button.description == "Verify code: needs the code of the mail"
    view.code.value = f" {code[:3]} {code[3:]}\n"  # as it is pasted
    assert view.verify_button.description == "Verify code"
    view.verify_button.click()
    assert view.model.state == "accepted"
    assert "accepted" in view._outcome.value
    assert "HTTP 204" in view._outcome.value
    assert "No code is valid now" in view._left.value
    view.verify_button.click()
    assert view.model.state == "refused"
    assert "verification_code.not_found" in view._outcome.value
    assert "a code is valid once" in view._outcome.value


def test_a_wrong_one_costs_a_try(view: SignInView) -> None:
    code = send(view)
    assert "10 of 10 tries" in view._left.value
    assert "10 minutes</b> left" in view._left.value
    view.code.value = wrong_for(code)
    view.code._on_message(view.code, {"entered": wrong_for(code)}, None)  # Enter
    assert "verification_code.code_mismatch" in view._outcome.value
    assert "Invalid verification code." in view._outcome.value
    assert "9 of 10 tries" in view._left.value


def test_enter_takes_what_stands_in_the_field(view: SignInView) -> None:
    code = send(view)
    view.code._on_message(view.code, {"entered": code}, None)  # sooner than the value is told
    assert view.model.state == "accepted"
    view.code._on_message(view.code, "nonsense", None)
    view.code._on_message(view.code, {"entered": 7}, None)
    assert view.code.value == code


def test_a_new_mail_begins_anew(view: SignInView) -> None:
    first = send(view)
    view.code.value = wrong_for(first)
    view.verify_button.click()
    second = send(view)
    assert (view.code.value, view.model.verdict, view._outcome.value) == ("", None, "")
    assert "the one before is no longer valid" in view._where.value
    assert "10 of 10 tries" in view._left.value
    if first != second:
        view.code.value = first
        view.verify_button.click()
        assert "older code" in view._outcome.value
    view.code.value = second
    view.verify_button.click()
    assert view.model.state == "accepted"
    send(view, usage_type="Register")
    assert "no longer valid" not in view._where.value


def test_time_goes_by(view: SignInView, clock: Clock) -> None:
    code = send(view)
    clock.time += timedelta(minutes=9, seconds=15)
    assert "10 minutes</b> left" in view._left.value
    view.look_button.click()
    assert "45 seconds</b> left" in view._left.value
    clock.time += timedelta(minutes=1)
    view.look_button.click()
    assert "no time" in view._left.value
    view.code.value = code
    view.verify_button.click()
    assert "verification_code.expired" in view._outcome.value
    assert "sent 10 minutes 15 seconds ago" in view._outcome.value


def test_another_lifetime_counts_at_once(view: SignInView, clock: Clock) -> None:
    code = send(view)
    clock.time += timedelta(minutes=2)
    view.lifetime.value = 60
    assert "no time" in view._left.value
    view.code.value = code
    view.verify_button.click()
    assert "is valid for 1 minute" in view._outcome.value
    view.lifetime.value = 3600
    view.verify_button.click()
    assert view.model.state == "accepted"


def test_a_lifetime_of_the_projects_own_is_among_the_choices(clock: Clock) -> None:
    view = SignInView(SignInModel(CodeDesk(CodePolicy(lifetime=90), now=clock)))
    assert ("1 minute 30 seconds", 90) in view.lifetime.options
    assert view.lifetime.value == 90
    view.model.lifetime = 7200  # more than Logto takes
    assert "should be a whole number" in view._outcome.value
    assert view.model.desk.policy.lifetime == 90


def test_an_invitation_has_no_code(view: SignInView) -> None:
    send(view)
    view.model.expect(ADDRESS, "OrganizationInvitation")
    assert "opens the link" in view._where.value
    assert not shown(view._fields)
    assert view.model.blockers == ["an invitation has no code"]


@pytest.mark.parametrize("usage_type", [name for name in UsageType if name != "OrganizationInvitation"])
def test_each_usage_type_has_its_place(view: SignInView, usage_type: str) -> None:
    view.code.value = send(view, usage_type=usage_type)
    assert "where Logto asks for it" not in view._where.value
    view.verify_button.click()
    assert view.model.state == "accepted"


def test_without_the_practice_account_it_is_said(view: SignInView, clock: Clock) -> None:
    code = send(view)
    clock.gone = True
    view.look_button.click()
    assert "does not answer" in view._outcome.value
    view.code.value = code
    view.verify_button.click()
    assert view.model.state == "failed"
    assert "does not answer" in view._outcome.value
    clock.gone = False
    view.verify_button.click()
    assert view.model.state == "accepted"
    assert "does not answer" not in view._outcome.value


def test_a_verdict_on_the_mail_before_is_dropped(desk: CodeDesk) -> None:
    waiting: list[Callable[[], None]] = []
    view = SignInView(SignInModel(desk, runner=waiting.append))
    code = send(view)
    waiting.pop()()
    view.code.value = wrong_for(code)
    view.verify_button.click()
    assert view.verify_button.description.startswith("Verifying")
    view.verify_button.click()  # a second click
    assert len(waiting) == 1
    send(view, usage_type="Register")
    for work in waiting:
        work()
    assert (view.model.state, view.model.verdict) == ("waiting", None)
    assert view.model.waiting is not None
    assert view.model.waiting.usage_type == "Register"


def test_busy_ends_when_something_breaks(view: SignInView, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    view.code.value = send(view)
    view.code.value = "1"
    monkeypatch.setattr(view.model.desk, "verify", broken)
    with pytest.raises(ZeroDivisionError):
        view.verify_button.click()
    assert view.model.state == "failed"
    assert "sesutil itself failed" in view._outcome.value
    assert not view.verify_button.disabled


def test_text_from_outside_is_only_text(view: SignInView) -> None:
    send(view, address="<b>x</b>@there.org")
    view.code.value = HOSTILE
    view.verify_button.click()
    assert "<b>x</b>" not in view._where.value
    assert HOSTILE not in view._outcome.value
    assert view.model._runner is run_now
