"""The configuration set that a send uses: there, switched on, and whether anybody hears of bounces."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from functools import partial

from sesutil.account import Account, translated
from sesutil.checks.facts import Facts
from sesutil.checks.findings import CheckFinding, Verdict
from sesutil.checks.refused import could_not_look
from sesutil.errors import AwsError
from sesutil.parallel import side_by_side
from sesutil.regions import other_ses_regions

__all__ = ["check_configuration_set"]

_DOCS = "https://docs.aws.amazon.com/ses/latest/dg/"
_AREA = "configuration set"
_PATIENCE = 8.0


def _finding(
    id: str, verdict: Verdict, sentence: str, evidence: str = "", next_step: str = "", page: str = "creating-configuration-sets.html"
) -> CheckFinding:  # fmt: skip
    return CheckFinding(f"set.{id}", _AREA, verdict, sentence, evidence, next_step, _DOCS + page)


def check_configuration_set(facts: Facts) -> Iterator[CheckFinding]:
    """The connector's set, or the one that the identity brings along."""
    given = facts.config.configuration_set_name
    try:
        name = given or facts.default_set()
    except AwsError:
        return  # the identity's check says it
    if not name:
        yield _finding(
            "none", "note", "No configuration set is used: delivery events are published nowhere.", "",
            "Bounces and complaints then come by mail to the sender, or to feedbackForwardingEmailAddress.",
        )  # fmt: skip
        return
    whose = "configurationSetName" if given else "the identity's default configuration set"
    try:
        answer = facts.set_answer(name)
    except AwsError as error:
        if error.code == "NotFoundException":
            yield _missing(facts.account, name, whose, bool(given))
        else:
            yield could_not_look("set.unreadable", _AREA, f"the configuration set {name}", error)
        return
    if not (answer.get("SendingOptions") or {}).get("SendingEnabled", True):
        yield _finding(
            "paused", "blocked", f"Sending is switched off for the configuration set {name} ({whose}).",
            "GetConfigurationSet: SendingEnabled false",
            "Switch it on again: PutConfigurationSetSendingOptions, or the SES console.",
            "managing-configuration-sets.html",
        )  # fmt: skip
        return
    yield _finding("there", "done", f"The configuration set {name} ({whose}) is there, and sending is on.")
    yield from _events(facts.account, name)


def _events(account: Account, name: str) -> Iterator[CheckFinding]:
    try:
        with translated("GetConfigurationSetEventDestinations"):
            answer = account.ses.get_configuration_set_event_destinations(ConfigurationSetName=name)
    except AwsError as error:
        yield could_not_look("set.events-unreadable", _AREA, f"where {name} publishes its events", error)
        return
    heard = {
        kind
        for one in answer.get("EventDestinations", [])
        if one.get("Enabled")
        for kind in one.get("MatchingEventTypes", [])
    }
    missing = [word for word in ("BOUNCE", "COMPLAINT") if word not in heard]
    if missing:
        yield _finding(
            "no-events", "note", f"The configuration set {name} publishes no {' and no '.join(missing)} events.",
            "", "Add an event destination (SNS) to hear of mail that is not delivered.",
            "monitor-using-event-publishing.html",
        )  # fmt: skip


def _missing(account: Account, name: str, whose: str, given: bool) -> CheckFinding:
    evidence = f"Configuration set <{name}> does not exist."
    repair = "leave the field out" if given else "take it off the identity"
    if regions := _regions_with(account, name):
        return _finding(
            "other-region", "blocked",
            f"There is no configuration set {name} in {account.region} ({whose}); there is one in {' and '.join(regions)}.",
            evidence, f"Create it in {account.region} as well, or {repair}.",
        )  # fmt: skip
    near = difflib.get_close_matches(name, _names(account), n=1)
    meant = f"Do you mean {near[0]}? Else create it" if near else "Create it"
    return _finding(
        "missing", "blocked", f"There is no configuration set {name} in {account.region} ({whose}): SES refuses every mail.",
        evidence, f"{meant}, or {repair}.",
    )  # fmt: skip


def _names(account: Account) -> list[str]:
    try:
        with translated("ListConfigurationSets"):
            return [str(name) for name in account.ses.list_configuration_sets().get("ConfigurationSets", [])]
    except AwsError:
        return []


def _regions_with(account: Account, name: str) -> list[str]:
    regions = other_ses_regions(account.region)
    outcomes = side_by_side([partial(_is_in, account, name, region) for region in regions], within=_PATIENCE)
    return [region for region, outcome in zip(regions, outcomes, strict=True) if outcome.value]


def _is_in(account: Account, name: str, region: str) -> bool:
    with translated("GetConfigurationSet"):
        account.client("sesv2", region).get_configuration_set(ConfigurationSetName=name)
    return True
