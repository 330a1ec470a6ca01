"""The card of the delivery events: found, set up, proven, removed, by clicks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from events_setup import connector, live, new_name
from sesutil import Account, Practice, connect
from sesutil.changes import carry_out
from sesutil.errors import SesutilError
from sesutil.events.chain import EventChain, read_chain
from sesutil.events.model import DeliveryEvent
from sesutil.events.planning import plan_events
from sesutil.events.proving import ChainProof
from sesutil.launching import PracticeEndpoint
from sesutil.panels.events.card import EventsCard
from sesutil.panels.events.model import EventsModel
from sesutil.panels.events.panel import EventsPanel
from sesutil.panels.pieces import run_now
from sesutil.practice import serve
from sesutil.projects import open_project
from test_panels import HOSTILE, raising_clicks  # noqa: F401  the fixture is used by its name

PLAIN = connector()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[PracticeEndpoint]:
    with serve(preset="production") as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def account(endpoint: PracticeEndpoint) -> Account:
    return connect(practice=endpoint)


@pytest.fixture
def faults(endpoint: PracticeEndpoint) -> Iterator[Practice]:
    practice = Practice(endpoint)
    yield practice
    practice.remove_faults()


@pytest.fixture
def card(account: Account) -> EventsCard:
    card = EventsCard(EventsModel(PLAIN, account, name=new_name(), runner=run_now))
    card.model.read()
    return card


@pytest.fixture
def built(card: EventsCard) -> EventsCard:
    card.building.button.click()
    return card


def shown(widget: Any) -> bool:
    return bool(widget.layout.display != "none")


def chain_in(account: Account, card: EventsCard) -> EventChain | None:
    return read_chain(account, PLAIN, name=card.model.name)


def test_from_nothing_to_proven_and_back(card: EventsCard, account: Account) -> None:
    assert "nothing reports" in card._chain.value
    assert "The 5 requests" in card.building._what.value
    for operation in ("CreateTopic", "CreateQueue", "Subscribe", "CreateConfigurationSet"):
        assert operation in card.building._what.value
    assert not shown(card.prove_button)
    assert not shown(card.removal_button)
    assert chain_in(account, card) is None

    card.building.button.click()
    assert card.model.chain == chain_in(account, card)
    assert card.model.chain is not None
    assert card.model.chain.complete
    assert "reports its events to the queue" in card._chain.value
    assert card.model.name in card._chain.value
    assert "it differs from Logto's request" in card._chain.value
    assert card.model.building.state == "done"  # what was done stays to be seen

    assert not shown(card.consent)  # nothing leaves the machine
    card.prove_button.click()
    assert card.model.proof.state == "done"
    assert card.model.proof.proof is not None
    assert card.model.proof.proof.proved
    assert "proven" in card._proof.value
    assert card._proof.value.count("after ") >= 4
    assert "Permanent/General" in card._proof.value

    card.removal_button.click()
    assert "DeleteTopic" in card.removing._what.value
    assert chain_in(account, card) is not None
    card.removing.button.click()
    assert chain_in(account, card) is None
    assert "nothing reports" in card._chain.value
    assert card.model.removing.state == "done"
    assert card.model.building.state == "planned"  # it can be set up again
    assert card._proof.value == ""


def test_what_is_missing_is_named_and_mended(built: EventsCard, account: Account) -> None:
    assert built.model.chain is not None
    account.client("sqs").delete_queue(QueueUrl=built.model.chain.queue_url)
    built.model.read()
    assert "missing" in built._chain.value
    assert f"The queue {built.model.name}" in built._chain.value
    assert not shown(built.prove_button)
    assert shown(built.removal_button)
    assert built.model.building.state == "planned"
    assert built.model.building.change is not None
    assert built.model.building.change.calls[0].operation == "CreateQueue"


def test_the_connectors_own_set_is_no_difference(account: Account) -> None:
    name = new_name()
    account.ses.create_configuration_set(ConfigurationSetName=f"own-{name}")
    config = connector(configurationSetName=f"own-{name}")
    carry_out(account, plan_events(account, config, name=name))
    card = EventsCard(EventsModel(config, account, name=name, runner=run_now))
    card.model.read()
    assert not card.model.differs
    assert f"own-{name}" in card._chain.value
    assert "one field" not in card._chain.value


def test_a_set_of_ours_that_the_project_names_is_no_difference(
    account: Account, project: Path, document: dict[str, Any]
) -> None:
    model = EventsModel(open_project(project), account, name=new_name(), runner=run_now)
    model.read()
    model.building.carry_out()
    assert model.differs
    (project / "connector.json").write_text(json.dumps({**document, "configurationSetName": model.name}))
    assert not model.differs  # the project is read anew
    card = EventsCard(model)
    assert "same request" in card._chain.value
    (project / "connector.json").write_text("{")
    model.read()
    assert model.state == "failed"
    assert "connector.json" in card._chain.value
    assert not shown(card.removal_button)


def test_live_each_step_is_agreed_to(endpoint: PracticeEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    account = live(endpoint)
    name = new_name()
    carry_out(account, plan_events(account, PLAIN, name=name))
    monkeypatch.setattr(Account, "leaves_machine", True)
    card = EventsCard(EventsModel(PLAIN, account, name=name, runner=run_now))
    card.model.read()
    assert shown(card.consent)
    assert card.prove_button.description == "Prove it with the simulator: needs your consent"
    card.model.proof.prove()
    assert card.model.proof.state == "idle"
    card.removal_button.click()
    assert shown(card.removing.consent)
    assert card.removing.button.disabled
    card.model.removing.carry_out()
    assert read_chain(account, PLAIN, name=name) is not None
    card.consent.value = True
    assert not card.prove_button.disabled
    card.prove_button.click()
    assert card.model.proof.state == "done"
    assert not card.model.proof.consent  # agreed to anew each time


def test_a_refusal_is_explained(built: EventsCard, faults: Practice) -> None:
    faults.plant_fault("deny", operation="SendEmail")
    built.prove_button.click()
    assert built.model.proof.state == "failed"
    assert "What AWS said" in built._proof.value
    assert not built.prove_button.disabled


def test_a_proof_is_shown_as_it_goes_and_can_be_stopped(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: list[Callable[[], None]] = []
    name = new_name()
    carry_out(account, plan_events(account, PLAIN, name=name))
    model = EventsModel(PLAIN, account, name=name, runner=run_now, proof_runner=waiting.append)
    card = EventsCard(model)
    model.read()
    event = DeliveryEvent("Bounce", datetime.now(UTC), "1", (HOSTILE,), "Permanent", HOSTILE)
    seen: list[str] = []

    def prove(*args: Any, report: Any, stop: Any, **kwargs: Any) -> ChainProof:
        report(f"accepted {HOSTILE}", ())
        seen.append(card._proof.value)
        report("Bounce came", (event,))
        seen.append(card._proof.value)
        card.stop_button.click()
        assert stop.is_set()
        seen.append(card._proof.value)
        return ChainProof(False, 1.0, (event,), "Stopped: Bounce had come.", "Prove it again.")

    monkeypatch.setattr("sesutil.panels.events.proof_model.prove_events", prove)
    card.prove_button.click()
    assert card.prove_button.disabled
    assert shown(card.stop_button)
    assert card.removal_button.disabled
    card.prove_button.click()  # a second click
    model.read()  # a reading meanwhile does not end it
    assert len(waiting) == 1
    waiting.pop()()
    assert "waiting" in seen[0]
    assert "Bounce" in seen[1]
    assert "being stopped" in seen[2]
    assert all(HOSTILE not in text for text in seen)
    assert "not proven" in card._proof.value
    assert "Prove it again." in card._proof.value
    assert not shown(card.stop_button)
    assert not card.prove_button.disabled


def test_a_chain_that_is_gone_meanwhile_is_no_longer_called_proven(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: list[Callable[[], None]] = []
    name = new_name()
    carry_out(account, plan_events(account, PLAIN, name=name))
    model = EventsModel(PLAIN, account, name=name, runner=run_now, proof_runner=waiting.append)
    card = EventsCard(model)
    model.read()

    def prove(*args: Any, **kwargs: Any) -> ChainProof:
        assert model.chain is not None
        account.client("sqs").delete_queue(QueueUrl=model.chain.queue_url)
        model.read()
        assert model.proof.state == "proving"
        return ChainProof(True, 1.0, (), "Events come.")

    monkeypatch.setattr("sesutil.panels.events.proof_model.prove_events", prove)
    card.prove_button.click()
    waiting.pop()()
    assert (model.proof.state, model.proof.chain) == ("idle", None)
    assert not shown(card.prove_button)
    assert card._proof.value == ""


@pytest.mark.parametrize("where", ["read", "prove"])
def test_busy_ends_when_something_breaks(
    built: EventsCard, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise ZeroDivisionError

    if where == "read":
        monkeypatch.setattr("sesutil.panels.events.model.read_chain", broken)
        with pytest.raises(ZeroDivisionError):
            built.model.read()
        assert "sesutil itself failed" in built._chain.value
        assert not shown(built.prove_button)
    else:
        monkeypatch.setattr("sesutil.panels.events.proof_model.prove_events", broken)
        with pytest.raises(ZeroDivisionError):
            built.prove_button.click()
        assert "sesutil itself failed" in built._proof.value
        assert not built.prove_button.disabled


def test_an_account_that_cannot_be_read_is_not_called_empty() -> None:
    account = connect(region="us-east-1")  # live, without credentials
    panel = EventsPanel(PLAIN, account, runner=run_now)
    assert "nothing reports" not in panel.events._chain.value
    assert "No usable AWS credentials" in panel.events._chain.value
    assert panel.model.building.state == "idle"
    assert not shown(panel.events.prove_button)


def test_the_panel_reads_and_changes_nothing(account: Account) -> None:
    before = account.ses.list_configuration_sets()["ConfigurationSets"]
    panel = EventsPanel(PLAIN, account, runner=run_now)
    assert "PRACTICE" in panel.banner._text.value
    assert "production" in panel.banner._text.value
    assert panel.model.chain is None
    panel.banner.read_button.click()
    assert account.ses.list_configuration_sets()["ConfigurationSets"] == before
    assert repr(panel) == "EventsPanel: run this cell to use it"


def test_a_reading_that_is_asked_for_meanwhile_is_made_afterwards(account: Account) -> None:
    waiting: list[Callable[[], None]] = []
    told: list[str] = []
    model = EventsModel(
        PLAIN, account, name=new_name(), runner=waiting.append, on_chain=lambda: told.append(model.state)
    )
    model.read()
    model.read()
    assert len(waiting) == 1
    waiting.pop(0)()
    assert told == ["read"]
    assert model.state == "reading"


def test_a_plan_that_cannot_be_is_said(account: Account) -> None:
    name = new_name()
    account.client("sns").create_topic(Name=name)  # somebody else's
    card = EventsCard(EventsModel(PLAIN, account, name=name, runner=run_now))
    card.model.read()
    assert isinstance(card.model.building.error, SesutilError)
    assert "did not make" in card.building._outcome.value
