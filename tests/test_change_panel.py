"""A change in a panel: shown before it happens, agreed to where it leaves the machine, told as it went."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sesutil import Account, connect
from sesutil.changes import Call, Change
from sesutil.errors import AwsError, SesutilError
from sesutil.identities import plan_identity
from sesutil.launching import PracticeEndpoint
from sesutil.panels.changes import ChangeModel, ChangeView
from sesutil.panels.pieces import run_now
from test_panels import HOSTILE, raising_clicks  # noqa: F401  the fixture is used by its name

CREATE = Change(
    "Create the set",
    (Call("sesv2", "CreateConfigurationSet", {"ConfigurationSetName": "logto"}),),
    why="For events.",
    undo="Delete it.",
)
REFUSED = Call("sesv2", "DeleteConfigurationSet", {"ConfigurationSetName": "nobody"})


@pytest.fixture
def model(account: Account) -> ChangeModel:
    return ChangeModel(account, runner=run_now)


@pytest.fixture
def view(model: ChangeModel) -> ChangeView:
    return ChangeView(model)


def sets(account: Account) -> list[str]:
    return account.ses.list_configuration_sets()["ConfigurationSets"]


def shown(widget: Any) -> bool:
    return widget.layout.display != "none"


def test_nothing_is_there_before_a_plan(view: ChangeView) -> None:
    assert not shown(view)
    assert view.model.blockers == ["nothing is planned"]
    view.button.click()
    assert view.model.state == "idle"


def test_planned_shown_carried_out(view: ChangeView, account: Account) -> None:
    view.model.plan(lambda: CREATE)
    assert shown(view)
    assert sets(account) == []
    for text in ("For events.", "To take it back: Delete it.", "sesv2 CreateConfigurationSet", "to practice"):
        assert text in view._what.value
    assert not shown(view.consent)
    assert view.button.description == "Create the set"
    view.button.click()
    assert sets(account) == ["logto"]
    assert view.model.state == "done"
    assert "Create the set" in view._outcome.value
    assert not shown(view.button)
    assert view._what.value == ""
    view.button.click()  # a second click, late
    assert view.model.state == "done"


def test_the_answers_are_given_away_and_kept_nowhere(account: Account) -> None:
    taken: list[Any] = []
    model = ChangeModel(account, runner=run_now, on_done=lambda change, answers: taken.append(answers))
    model.plan(lambda: plan_identity(account, "there.org"))
    model.carry_out()
    assert taken[0][0]["IdentityType"] == "DOMAIN"
    assert not any("DOMAIN" in repr(value) for value in model.trait_values().values())


def test_nothing_to_do_is_good_news(view: ChangeView) -> None:
    view.model.plan(lambda: Change("Create x", already="x is there."))
    assert "x is there." in view._what.value
    assert not shown(view.button)
    assert view.model.blockers == ["nothing is to be done"]


def test_live_is_agreed_to_each_time() -> None:
    live = connect(region="us-east-1")
    model = ChangeModel(live, runner=run_now)
    view = ChangeView(model)
    model.plan(lambda: CREATE)
    assert shown(view.consent)
    assert "to live" in view._what.value
    assert view.button.disabled
    assert view.button.description == "Create the set: needs your consent"
    model.carry_out()
    assert model.state == "planned"
    view.consent.value = True
    assert not view.button.disabled
    assert view.button.description == "Create the set"
    model.plan(lambda: CREATE)  # planned anew: agreed to anew
    assert view.consent.value is False
    view.consent.value = True
    view.button.click()  # refused: there are no credentials
    assert model.state == "failed"
    assert not model.consent
    assert "No usable AWS credentials" in view._outcome.value


def test_a_plan_that_fails_is_explained(view: ChangeView, account: Account) -> None:
    view.model.plan(lambda: plan_identity(account, "not a domain"))
    assert view.model.state == "failed"
    assert view.model.change is None
    assert "not a domain" in view._outcome.value
    assert not shown(view.button)


def test_what_was_done_before_the_refusal_is_said(view: ChangeView, account: Account) -> None:
    view.model.plan(lambda: Change("Both", (*CREATE.calls, REFUSED)))
    view.button.click()
    assert view.model.state == "failed"
    for text in ("done before", "CreateConfigurationSet", "What AWS said", "nobody"):
        assert text in view._outcome.value
    assert sets(account) == ["logto"]


def test_a_stale_plan_is_dropped(account: Account) -> None:
    waiting: list[Callable[[], None]] = []
    model = ChangeModel(account, runner=waiting.append)
    model.plan(lambda: Change("Old", CREATE.calls))
    model.plan(lambda: Change("New", CREATE.calls))
    assert model.blockers == ["wait for what is running"]
    waiting[1]()
    waiting[0]()
    assert model.change is not None
    assert model.change.title == "New"
    model.plan(lambda: Change("Later", CREATE.calls))
    model.forget()
    waiting[2]()
    assert (model.state, model.change) == ("idle", None)


def test_while_it_works_nothing_else_begins(account: Account) -> None:
    waiting: list[Callable[[], None]] = []
    model = ChangeModel(account, runner=waiting.append)
    view = ChangeView(model)
    model.plan(lambda: CREATE)
    waiting.pop()()
    view.button.click()
    assert view.button.disabled
    assert view.button.description.startswith("Working")
    view.button.click()
    model.plan(lambda: Change("Other"))
    model.forget()
    assert len(waiting) == 1
    waiting.pop()()
    assert model.state == "done"
    assert sets(account) == ["logto"]


@pytest.mark.parametrize("where", ["plan", "carry_out"])
def test_busy_ends_when_something_breaks(
    view: ChangeView, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any) -> Change:
        raise ZeroDivisionError

    if where == "plan":
        with pytest.raises(ZeroDivisionError):
            view.model.plan(broken)
    else:
        view.model.plan(lambda: CREATE)
        monkeypatch.setattr("sesutil.panels.changes.carry_out", broken)
        with pytest.raises(ZeroDivisionError):
            view.button.click()
    assert view.model.state == "failed"
    assert "sesutil itself failed (ZeroDivisionError" in view._outcome.value
    view.model.plan(lambda: CREATE)
    assert view.model.state == "planned"


def test_text_from_outside_is_only_text(view: ChangeView, new: PracticeEndpoint) -> None:
    name = f"x{HOSTILE}"
    call = Call("sesv2", "GetConfigurationSet", {"ConfigurationSetName": name})
    view.model.plan(lambda: Change(HOSTILE, (call,), why=HOSTILE, undo=HOSTILE))
    before = view._what.value
    view.button.click()
    view.model.plan(lambda: Change(HOSTILE, already=HOSTILE))
    after = view._what.value
    view.model.plan(lambda: (_ for _ in ()).throw(SesutilError(HOSTILE)))
    for text in (before, after, view._outcome.value):
        assert HOSTILE not in text
        assert "<script" not in text
        assert "<img" not in text


def test_an_error_of_aws_is_shown_whole(view: ChangeView) -> None:
    view.model.plan(lambda: Change("Delete", (REFUSED,)))
    view.button.click()
    error = view.model.error
    assert isinstance(error, AwsError)
    assert error.code in view._outcome.value
    assert str(error.request_id) in view._outcome.value


def test_a_policy_in_a_request_is_shown_as_what_it_holds() -> None:
    document = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]}'
    text = Call("iam", "PutUserPolicy", {"PolicyDocument": document, "PolicyName": "{no json"}).text()
    assert '"Effect": "Allow"' in text
    assert "\\n" not in text
    assert '"{no json"' in text
    text = Call("sqs", "CreateQueue", {"Attributes": {"Policy": document}, "tags": {}}).text()
    assert '"Effect": "Allow"' in text
    assert "\\" not in text


def test_what_cannot_be_taken_back_is_said_so(view: ChangeView) -> None:
    view.model.plan(
        lambda: Change("Ask", (Call("sts", "GetCallerIdentity"),), final="It cannot be taken back.")
    )
    assert "It cannot be taken back." in view._what.value
    assert "To take it back" not in view._what.value
