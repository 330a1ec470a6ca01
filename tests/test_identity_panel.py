"""The identity panel without a browser: from an empty account to a verified sender, and what goes wrong."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from sesutil import Account, ConnectorConfig, Practice, connect, open_project
from sesutil.dns.records import expected_records
from sesutil.errors import AwsError
from sesutil.identities import read_identity
from sesutil.launching import PracticeEndpoint
from sesutil.panels import IdentityModel, IdentityPanel
from sesutil.panels.identity import waiting_model
from sesutil.panels.pieces import run_now, with_codes
from sesutil.projects import starter_config
from test_panels import HOSTILE, raising_clicks  # noqa: F401


class Waits(list[Callable[[], None]]):
    """Takes what would run in a thread; the newest runs when the test says so."""

    def __call__(self, work: Callable[[], None]) -> None:
        self.append(work)

    def run(self) -> None:
        self.pop()()


@pytest.fixture
def empty(new: PracticeEndpoint) -> Account:
    return connect(practice=new)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def panel(empty: Account, waits: Waits) -> IdentityPanel:
    return IdentityPanel(starter_config(), empty, runner=run_now, wait_runner=waits)


def opened(account: Account, name: str = "", *, sender: str = "no-reply@example.com") -> IdentityPanel:
    """The panel of another day: nothing is known but what SES and the DNS say."""
    config = starter_config().model_copy(update={"email_address": sender})
    return IdentityPanel(config, account, name=name, runner=run_now, wait_runner=Waits())


def text(markup: str) -> str:
    within = re.sub(r"</?(b|code)>", "", markup)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", within))).strip()


def shown(panel: IdentityPanel) -> str:
    """All texts of the panel that are there to be read."""
    found: list[str] = []

    def walk(widget: Any) -> None:
        if widget.layout.display == "none":
            return
        if hasattr(widget, "children"):
            for child in widget.children:
                walk(child)
        elif type(widget).__name__ == "HTML":
            found.append(text(widget.value))

    walk(panel)
    return " | ".join(one for one in found if one)


def zone_id(account: Account) -> str:
    zones = account.client("route53").list_hosted_zones()["HostedZones"]
    return str(zones[0]["Id"])


def put(account: Account, name: str, kind: str, *values: str, action: str = "UPSERT") -> None:
    record = {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": one} for one in values]}
    account.client("route53").change_resource_record_sets(
        HostedZoneId=zone_id(account),
        ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]},
    )


# -- a domain -----------------------------------------------------------------------------------------


def test_from_empty_to_verified(panel: IdentityPanel, empty: Account, waits: Waits) -> None:
    assert panel.choosing.choice.value == "domain"
    assert "example.com is not registered in us-east-1" in shown(panel)
    assert not panel.records.shown
    panel.choosing.creation.button.click()
    assert read_identity(empty, "example.com") is not None
    assert "DNS records: 0 of 4 found" in shown(panel)
    panel.mail_from.setting.button.click()
    assert "DNS records: 0 of 6 found" in shown(panel)
    assert "may send now" not in shown(panel)
    publish = panel.records.publishing.button
    assert publish.description == "Create the hosted zone example.com"
    publish.click()
    assert publish.description == "Create 6 DNS records in example.com"
    publish.click()
    assert "DNS records: 6 of 6 found" in shown(panel)
    assert len(waits) == 1
    assert "Stop" in panel.waiting.stop_button.description
    waits.run()
    assert panel.model.wait.state == "done"
    for said in ("It took", "no-reply@example.com may send now", "SES has found its MX record", "sandbox"):
        assert said in shown(panel)
    assert 'href="03-production-access.ipynb"' in panel._end.value


def test_a_plan_that_somebody_has_outdated_is_made_anew_by_the_next_look(
    panel: IdentityPanel, empty: Account
) -> None:
    panel.choosing.creation.button.click()
    publish = panel.records.publishing.button
    assert publish.description == "Create the hosted zone example.com"
    empty.client("route53").create_hosted_zone(Name="example.com", CallerReference="console")
    panel.records.look_button.click()
    assert publish.description == "Create 4 DNS records in example.com"


def test_it_goes_on_another_day(panel: IdentityPanel, empty: Account) -> None:
    panel.choosing.creation.button.click()
    again = opened(empty)
    assert again.model.creation.state == "idle"
    assert "example.com in us-east-1 is registered" in shown(again)
    assert "SES saw HOST_NOT_FOUND" in shown(again)
    assert "DNS records: 0 of 4 found" in shown(again)
    assert "not registered" not in shown(again)
    Practice(empty).verify("example.com")
    assert "no-reply@example.com may send now" in shown(opened(empty))


def test_another_domain_and_what_was_typed(panel: IdentityPanel) -> None:
    panel.choosing.choice.value = "other"
    assert panel.model.name == ""
    panel.choosing.other_domain.value = "https://Mail.Example.ORG/start"
    assert panel.model.name == "mail.example.org"
    assert "only the domain is used" in shown(panel)
    assert "emailAddress is no-reply@example.com, which mail.example.org does not cover" in shown(panel)
    panel.choosing.other_domain.value = "www.example.org"
    assert panel.model.name == ""
    assert panel.choosing._other_field._hint.value.startswith("✗ www.example.org is the name of a website")
    assert "Register" not in shown(panel)
    panel.choosing.other_domain.value = "someone@example.org"
    assert "someone@example.org is one address" in shown(panel)
    panel.choosing.choice.value = "domain"
    assert panel.model.name == "example.com"


def test_covered_by_a_domain_above(empty: Account) -> None:
    Practice(empty).verify("example.com")
    panel = opened(empty, sender="no-reply@mail.example.com")
    assert "need not be: example.com is verified and covers it" in shown(panel)
    assert panel.model.creation.state == "idle"
    assert "no-reply@mail.example.com may send now" in shown(panel)
    panel.choosing.own_button.click()
    assert panel.choosing.creation.button.description == "Register the domain mail.example.com"


def test_verified_in_another_region(new: PracticeEndpoint, empty: Account) -> None:
    connect(practice=new, region="eu-west-1").ses.create_email_identity(EmailIdentity="example.com")
    Practice(new).publish("example.com", region="eu-west-1")
    panel = opened(empty)
    assert "Verified in another Region: example.com in eu-west-1" in shown(panel)
    assert panel.choosing.creation.button.description == "Register the domain example.com"


def test_given_up_means_new_keys(panel: IdentityPanel, empty: Account, waits: Waits) -> None:
    panel.choosing.creation.button.click()
    Practice(empty).advance(days=4)
    panel.banner.read_button.click()
    assert "SES has stopped looking for its records" in shown(panel)
    before = list(panel.model.records.records)
    panel.repair.repair.button.click()
    assert "its records are looked for" in shown(panel)
    assert {one.name for one in before} != {one.name for one in panel.model.records.records}
    assert len(waits) == 1


# -- records --------------------------------------------------------------------------------------------


@pytest.fixture
def pending(panel: IdentityPanel, empty: Account) -> IdentityPanel:
    """A domain with its MAIL FROM domain and an empty zone."""
    panel.choosing.creation.button.click()
    panel.mail_from.setting.button.click()
    panel.records.publishing.button.click()
    return panel


def verdict(panel: IdentityPanel, purpose: str) -> Any:
    return next(one for one in panel.model.records.verdicts if one.record.purpose == purpose)


def test_mistakes_are_named(pending: IdentityPanel, empty: Account) -> None:
    cname = pending.model.records.records[0]
    put(empty, f"{cname.name}.example.com", "CNAME", cname.value)
    put(empty, "bounce.example.com", "TXT", '"v=spf1 include:amazonses.com ~all"', '"v=spf1 -all"')
    put(empty, "_dmarc.example.com", "TXT", '"v=DMARC1; p=none; pct=50"')
    pending.records.look_button.click()
    for said in (
        "Zone appended twice",
        "Two SPF records",
        "pct is retired",
        "Found: v=DMARC1; p=none; pct=50",
    ):
        assert said in shown(pending)
    assert verdict(pending, "dkim").state == "wrong"
    # what is in the way is named, and stays as it is
    assert "v=spf1 -all" in shown(pending)
    pending.records.publish_button.click()
    pending.model.records.plan_publishing()
    plan = pending.model.records.plan
    assert plan is not None
    assert [one.record.purpose for one in plan.conflicts] == ["spf"]
    assert "in the way" in shown(pending)
    pending.records.publishing.button.click()
    sets = empty.client("route53").list_resource_record_sets(HostedZoneId=zone_id(empty))
    values = [one["Value"] for item in sets["ResourceRecordSets"] for one in item.get("ResourceRecords", [])]
    assert '"v=spf1 -all"' in values


def test_a_policy_above_is_not_weakened(empty: Account) -> None:
    practice = Practice(empty)
    practice.verify("example.com")
    put(empty, "_dmarc.example.com", "TXT", '"v=DMARC1; p=reject"')
    practice.ses.create_email_identity(EmailIdentity="mail.example.com")
    panel = opened(empty, "mail.example.com", sender="x@mail.example.com")
    assert "the policy of example.com, which holds here, too" in shown(panel)
    assert "_dmarc.mail.example.com" in [one.name for one in panel.model.records.records]
    assert "_dmarc.mail.example.com" not in [one.name for one in panel.model.records.to_hand_on]
    assert "_dmarc" not in panel.records.copy.text


def test_without_a_hosted_zone_it_is_left_to_the_person(new: PracticeEndpoint, empty: Account) -> None:
    """Of another endpoint nothing is made by itself, though it is the practice account's."""
    account = connect(endpoint_url=new.endpoint_url, region="us-east-1").signed_by(
        new.access_key_id, new.secret_access_key
    )
    empty.ses.create_email_identity(EmailIdentity="example.com")
    panel = opened(account)
    assert panel.model.account.mode == "endpoint"
    assert panel.model.records.publishing.state == "idle"
    panel.records.publish_button.click()
    assert "no public hosted zone for all 4 of these records" in shown(panel)
    assert "done" not in shown(panel)
    assert panel.records.publish_button.layout.display is None
    empty.client("route53").create_hosted_zone(Name="example.com", CallerReference="x")
    panel.records.publish_button.click()
    assert panel.records.publishing.button.description == "Create 4 DNS records in example.com"


def test_every_format_has_every_record(pending: IdentityPanel) -> None:
    pending.records.all_button.value = True
    for format in pending.records.format.options:
        pending.records.format.value = format
        saved = unquote(unescape(pending.records._download.value).split("utf-8,")[1].split('"')[0])
        assert saved == pending.records.copy.text
        for record in pending.model.records.records:
            assert record.value.split(" ")[-1] in saved
    assert json.loads(pending.records.copy.text)["Changes"][0]["Action"] == "CREATE"


def test_the_name_is_copied_whole_and_short(pending: IdentityPanel) -> None:
    table = pending.records._table.value
    token = pending.model.records.records[0].name.partition(".")[0]
    assert f'data-copy="{token}._domainkey.example.com"' in table
    assert f'data-copy="{token}._domainkey"' in table
    assert 'data-copy="feedback-smtp.us-east-1.amazonses.com"' in table


def test_hostile_records_are_only_text(pending: IdentityPanel, empty: Account) -> None:
    put(empty, "_dmarc.example.com", "TXT", '"v=DMARC1; p=<img src=x onerror=alert(1)>"')
    put(empty, "bounce.example.com", "TXT", '"v=spf1 `<script>alert(2)</script>` -all"')
    put(empty, pending.model.records.records[0].name, "CNAME", "evil.example.org")
    pending.records.look_button.click()
    pending.model.records.plan_publishing()
    panel_html = "".join(
        one.value
        for card in (pending.records, pending.dmarc)
        for one in card.children
        if hasattr(one, "value") and isinstance(one.value, str)
    )
    assert "&lt;img" in panel_html
    assert "<img" not in panel_html
    assert "<script" not in panel_html
    assert with_codes("a `<b>` c") == "a <code>&lt;b&gt;</code> c"


def test_records_of_another_identity_are_dropped(empty: Account) -> None:
    works: list[Callable[[], None]] = []
    Practice(empty).ses.create_email_identity(EmailIdentity="example.com")
    panel = IdentityPanel(starter_config(), empty, runner=works.append, wait_runner=Waits())
    works.pop(0)()  # SES's answer
    look = next(one for one in works if "look" in one.__qualname__)
    panel.choosing.choice.value = "other"
    panel.choosing.other_domain.value = "example.org"
    look()
    assert panel.model.records.verdicts == []
    assert panel.model.records.looked_at is None
    assert panel.model.identity is None


# -- an address -------------------------------------------------------------------------------------------


def test_an_address_by_its_link(panel: IdentityPanel, empty: Account, waits: Waits) -> None:
    panel.choosing.choice.value = "address"
    assert panel.choosing.address.value == "no-reply@example.com"
    panel.choosing.address.value = "Me <me@there.org>"
    assert "display name is left out" in shown(panel)
    panel.choosing.creation.button.click()
    assert "The mail to me@there.org is in the practice inbox" in shown(panel)
    assert len(waits) == 1
    assert not panel.records.shown
    assert "signed by amazonses.com alone, which does not count for there.org" in shown(panel)
    panel.link.open_button.click()
    waits.run()
    assert not panel.link.shown
    assert "me@there.org is verified. It may send now" in shown(panel)


def test_a_lost_mail_is_sent_again(panel: IdentityPanel, empty: Account, waits: Waits) -> None:
    panel.choosing.choice.value = "address"
    panel.choosing.creation.button.click()
    Practice(empty).clear()
    panel.banner.read_button.click()
    assert "No mail with a link to no-reply@example.com is in the practice inbox" in shown(panel)
    assert panel.link.open_button.disabled
    panel.link.again_button.click()
    panel.link.repair.button.click()
    assert not panel.link.open_button.disabled
    panel.link.open_button.click()
    assert "no-reply@example.com may send now" in shown(panel)


# -- MAIL FROM ---------------------------------------------------------------------------------------------


def test_mail_from_says_what_it_costs(panel: IdentityPanel) -> None:
    panel.choosing.creation.button.click()
    card = panel.mail_from
    assert card.domain.value == "bounce.example.com"
    card.on_failure.value = "REJECT_MESSAGE"
    assert "No mail goes out until the record is found" in shown(panel)
    assert "every mail is refused" in shown(panel)
    card.domain.value = "bounce.example.org"
    assert "is not below the identity's domain example.com" in text(card._domain_field._hint.value)
    assert card.setting.layout.display == "none"
    card.domain.value = "b.example.com"
    card.setting.button.click()
    state = panel.model.identity
    assert state is not None
    assert state.mail_from is not None
    assert (state.mail_from.domain, state.mail_from.on_failure) == ("b.example.com", "REJECT_MESSAGE")
    assert "b.example.com" in [one.name for one in panel.model.records.records]


# -- waiting -------------------------------------------------------------------------------------------------


def test_waiting_reports_and_stops(panel: IdentityPanel, empty: Account) -> None:
    """In a thread of its own, as in a notebook."""
    panel.choosing.creation.button.click()
    model = panel.model.wait
    seen, over = threading.Event(), threading.Event()

    def in_thread(work: Callable[[], None]) -> None:
        threading.Thread(target=lambda: (work(), over.set()), daemon=True).start()

    model._runner = in_thread
    model.observe(lambda change: seen.set() if "again" in change["new"] else None, ["doing"])
    panel.waiting.wait_button.click()
    assert seen.wait(20)
    assert "asked" in shown(panel)
    panel.waiting.stop_button.click()
    assert over.wait(20)
    assert model.state == "stopped"
    assert "SES goes on looking by itself" in shown(panel)
    assert panel.waiting.wait_button.layout.display is None


def test_what_was_done_is_looked_for_at_once(
    panel: IdentityPanel, empty: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(waiting_model._EVERY, "practice", 600.0)
    panel.choosing.creation.button.click()
    model, seen, over = panel.model.wait, threading.Event(), threading.Event()
    model._runner = lambda work: threading.Thread(target=lambda: (work(), over.set()), daemon=True).start()
    model.observe(lambda change: seen.set() if "again" in change["new"] else None, ["doing"])
    panel.waiting.wait_button.click()
    assert seen.wait(20)
    panel.records.publishing.button.click()  # the zone
    panel.records.publishing.button.click()  # its records
    assert over.wait(20)
    assert (model.state, model.looks) == ("done", 2)


def test_a_second_wait_takes_the_place_of_the_first(
    panel: IdentityPanel, empty: Account, waits: Waits
) -> None:
    panel.choosing.creation.button.click()
    panel.waiting.wait_button.click()
    panel.model.wait.start("example.com")
    Practice(empty).verify("example.com")
    read_at = panel.model.read_at
    waits.run()
    assert panel.model.wait.state == "done"
    assert panel.model.read_at != read_at  # what was read before may be older than what the wait was told
    waits.run()  # the first one, told to stop: it reports nothing
    assert panel.model.wait.looks == 1


def test_what_was_deleted_meanwhile_is_said(panel: IdentityPanel, empty: Account, waits: Waits) -> None:
    panel.choosing.creation.button.click()
    panel.waiting.wait_button.click()
    empty.ses.delete_email_identity(EmailIdentity="example.com")
    waits.run()
    assert panel.model.wait.state == "failed"
    assert "is not registered in us-east-1: register it first" in shown(panel)


# -- what goes wrong -----------------------------------------------------------------------------------------


def test_a_refusal_is_shown_with_aws_words(empty: Account) -> None:
    fault = Practice(empty).plant_fault("deny", operation="GetEmailIdentity")
    Practice(empty).plant_fault("deny", operation="ListEmailIdentities")
    panel = opened(empty)
    assert panel.model.state == "failed"
    assert "AccessDeniedException (HTTP 403)" in shown(panel)
    assert "Register" not in panel.choosing.creation.button.description
    Practice(empty).remove_faults(fault)
    panel.banner.read_button.click()
    assert "is not registered" in shown(panel)


def test_an_identity_that_may_only_be_listed(empty: Account) -> None:
    Practice(empty).verify("example.com")
    Practice(empty).plant_fault("deny", operation="GetEmailIdentity")
    panel = opened(empty)
    assert "Its records and settings could not be read" in shown(panel)
    assert "no-reply@example.com may send now" in shown(panel)


def test_busy_ends_when_something_breaks(panel: IdentityPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("sesutil.panels.identity.model.read_identities", broken)
    with pytest.raises(ZeroDivisionError):
        panel.banner.read_button.click()
    assert panel.model.state == "failed"
    assert "Please report it" in shown(panel)
    assert not panel.banner.read_button.disabled


def test_a_stale_reading_is_dropped(empty: Account) -> None:
    works: list[Callable[[], None]] = []
    Practice(empty).ses.create_email_identity(EmailIdentity="example.com")
    panel = IdentityPanel(starter_config(), empty, runner=works.append, wait_runner=Waits())
    panel.choosing.choice.value = "other"
    panel.choosing.other_domain.value = "example.org"
    first, *_, last = works
    last()
    first()
    assert panel.model.name == "example.org"
    assert panel.model.identity is None
    assert "example.org is not registered" in shown(panel)


def test_live_asks_nobody_before_it_is_shown_and_needs_consent(config: ConnectorConfig) -> None:
    works: list[Callable[[], None]] = []
    panel = IdentityPanel(config, connect(config), runner=works.append, wait_runner=works.append)
    assert "LIVE" in panel.banner._text.value
    assert len(works) == 1  # the reading; nothing was asked yet
    assert panel.model.creation.needs_consent
    assert panel.link.open_button.layout.display == "none" or not panel.link.shown


def test_the_sender_is_read_anew(empty: Account, project: Path) -> None:
    panel = IdentityPanel(open_project(project), empty, runner=run_now, wait_runner=Waits())
    assert panel.model.name == "example.com"
    document = json.loads((project / "connector.json").read_text())
    (project / "connector.json").write_text(json.dumps({**document, "emailAddress": "x@example.org"}))
    panel.banner.read_button.click()
    assert panel.model.name == "example.org"
    assert "The domain example.org" in panel.choosing.choice.options[0][0]


@pytest.mark.parametrize("sender", ["", "nobody", HOSTILE])
def test_without_a_sender(empty: Account, sender: str) -> None:
    panel = opened(empty, sender=sender)
    assert panel.choosing.choice.value == "other"
    panel.choosing.choice.value = "domain"
    assert "connector.json has no emailAddress yet" in shown(panel)
    assert panel.model.creation.state == "idle"


def test_a_name_that_was_given(empty: Account) -> None:
    for name, choice in (("example.com", "domain"), ("example.org", "other"), ("a@there.org", "address")):
        panel = opened(empty, name)
        assert (panel.choosing.choice.value, panel.model.name) == (choice, name)
    assert "<" not in opened(empty, HOSTILE).choosing._other_field._hint.value


def test_the_stored_form_has_no_values(panel: IdentityPanel) -> None:
    assert repr(panel) == "IdentityPanel: run this cell to use it"
    assert panel._repr_mimebundle_()["text/plain"] == repr(panel)


def test_the_model_by_itself(empty: Account, waits: Waits) -> None:
    model = IdentityModel(starter_config(), empty, runner=run_now, wait_runner=waits)
    model.read()
    model.creation.carry_out()
    assert model.identity is not None
    assert model.records.records == expected_records(model.identity)
    assert not isinstance(model.error, AwsError)
