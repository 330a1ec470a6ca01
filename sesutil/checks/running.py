"""Carrying the checks out: side by side, each with its own patience, and in the end one list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from sesutil.account import Account
from sesutil.checks.account_state import (
    check_access,
    check_quota,
    check_sending,
    check_suppression_settings,
)
from sesutil.checks.authentication import check_authentication, check_dmarc, check_records
from sesutil.checks.config_fields import check_fields
from sesutil.checks.configuration_set import check_configuration_set
from sesutil.checks.credentials import check_caller, check_key_age, check_sender
from sesutil.checks.facts import Facts
from sesutil.checks.findings import AREAS, CheckFinding, in_order
from sesutil.checks.permission import check_permission
from sesutil.checks.recipient import check_recipient, check_suppression
from sesutil.checks.refused import REGION_STEP
from sesutil.checks.sender_identity import check_feedback_identity, check_sender_identity
from sesutil.config import ConnectorConfig
from sesutil.errors import AwsError, SesutilError
from sesutil.parallel import Outcome, side_by_side

if TYPE_CHECKING:
    from sesutil.dns.asking import Resolver

__all__ = ["CHECKS", "PATIENCE", "check_account", "check_document", "check_unconnected"]

Check = Callable[[Facts], Iterable[CheckFinding]]

PATIENCE = 15.0
"""Seconds after which a check that has no answer yet is given up."""

CHECKS: dict[str, tuple[str, Check]] = {
    "caller": ("credentials", check_caller),
    "sender": ("credentials", check_sender),
    "key-age": ("credentials", check_key_age),
    "sending": ("account", check_sending),
    "access": ("account", check_access),
    "quota": ("account", check_quota),
    "suppression-settings": ("account", check_suppression_settings),
    "identity": ("identity", check_sender_identity),
    "records": ("dns", check_records),
    "dmarc": ("dns", check_dmarc),
    "authentication": ("dns", check_authentication),
    "feedback": ("feedback", check_feedback_identity),
    "configuration-set": ("configuration set", check_configuration_set),
    "permission": ("permission", check_permission),
    "recipient": ("recipient", check_recipient),
    "suppression": ("recipient", check_suppression),
}
"""Name → area, and the function. Each takes the facts and gives findings; none waits for another."""


def check_account(
    account: Account,
    config: ConnectorConfig,
    *,
    to: str | None = None,
    resolver: Resolver | None = None,
    only: Iterable[str] = (),
    patience: float = PATIENCE,
) -> list[CheckFinding]:
    """Whether this account is ready to send what the connector sends: findings, worst first.

    to
        A recipient: then also whether a mail to it is accepted and delivered.
    resolver
        Whom to ask for DNS records; by default the practice account's DNS, or the Internet's.
    only
        Names of CHECKS, for a part of them.
    patience
        Seconds after which a check without an answer is given up; the others go on.

    The first finding is the cause that should be mended first. A check that is refused, or gets no
    answer, is a finding "could not look", and stops no other. Nothing is changed, nothing is sent. Raises
    KeyError for a name in `only` that is no check.
    """
    names = list(only) or list(CHECKS)
    facts = Facts(account, config, to=to, resolver=resolver)
    jobs = [partial(_all, CHECKS[name][1], facts) for name in names]
    outcomes = side_by_side(jobs, within=patience, limit=len(jobs))
    findings = _field_findings(config) if not only else []
    for name, outcome in zip(names, outcomes, strict=True):
        findings += _findings(name, outcome, patience)
    if not only:
        findings.append(_verdict(facts, findings))
    return in_order(_once(findings))


def check_document(document: Mapping[str, Any]) -> list[CheckFinding]:
    """What can be said of a connector config without any account: its fields, worst first."""
    return in_order(one for found in check_fields(document).values() for one in found)


def check_unconnected(config: ConnectorConfig, error: SesutilError) -> list[CheckFinding]:
    """What can be said where not even a connection can be made, worst first; `error` says why not."""
    first_line = str(error).splitlines()[0]
    cause = error.explanation.cause if isinstance(error, AwsError) else ""
    fix = error.explanation.fix if isinstance(error, AwsError) else "Correct what the text names."
    if isinstance(error, AwsError) and error.code in ("InvalidRegionError", "NoRegionError"):
        fix = REGION_STEP
    return in_order(
        [
            *_field_findings(config),
            CheckFinding(
                "credentials.not-connected", "credentials", "blocked",
                f"The account cannot be connected to. {cause}".strip(), first_line,
                fix,
            ),
        ]
    )  # fmt: skip


def _field_findings(config: ConnectorConfig) -> list[CheckFinding]:
    document = config.model_dump(by_alias=True, exclude_none=True)
    if config.access_key_secret is not None:
        document["accessKeySecret"] = config.access_key_secret.get_secret_value()
    findings = check_document(document)
    if not findings:
        findings.append(
            CheckFinding("connector.fields", "connector", "done", "The connector's fields are well formed.")
        )
    return findings


def _all(check: Check, facts: Facts) -> list[CheckFinding]:
    return list(check(facts))


def _findings(name: str, outcome: Outcome[list[CheckFinding]], patience: float) -> list[CheckFinding]:
    area = CHECKS[name][0]
    if outcome.late:
        return [
            CheckFinding(
                f"{name}.no-answer", area, "unknown", f"Could not look ({name}): no answer within {patience:g} s.",
                "", "Check the network, then look again.",
            )
        ]  # fmt: skip
    if outcome.error is not None:
        # A fault of ours in one check hides none of the others; the text names it for a report.
        return [
            CheckFinding(
                f"{name}.failed", area, "unknown", f"Could not look ({name}): sesutil itself failed.",
                f"{type(outcome.error).__name__}: {outcome.error}", "Please report it.",
            )
        ]  # fmt: skip
    return list(outcome.value or [])


def _verdict(facts: Facts, findings: list[CheckFinding]) -> CheckFinding:
    """Will a send work now, with this From, To, Region and set? By what was found."""
    config, region = facts.config, facts.account.region
    sender = facts.from_mailbox.address if facts.from_mailbox is not None else "(no sender)"
    to = facts.recipient.address if facts.recipient is not None else "a recipient that is allowed"
    via = (
        f" with the configuration set {config.configuration_set_name}"
        if config.configuration_set_name
        else ""
    )
    what = f"from {sender} to {to} in {region}{via}"
    causes = in_order(one for one in findings if one.verdict in ("blocked", "waiting"))
    if causes:
        first = causes[0]
        more = f", and {len(causes) - 1} more" if len(causes) > 1 else ""
        return CheckFinding(
            "send.fails", "send", first.verdict, f"A mail {what} would not arrive now.", f"{first.id}{more}", "Begin with what stands first."
        )  # fmt: skip
    blind = [one.id for one in findings if one.verdict == "unknown"]
    if blind:
        return CheckFinding(
            "send.uncertain", "send", "unknown",
            f"Nothing that was looked at stands against a mail {what}, but not all could be looked at.", ", ".join(blind),
            "Send a test mail: that is the proof.",
        )  # fmt: skip
    return CheckFinding("send.works", "send", "done", f"A mail {what} will be accepted.")


def _once(findings: list[CheckFinding]) -> list[CheckFinding]:
    """Each once. Refused credentials are met by every check, with another time in AWS's text."""
    seen: dict[tuple[str, ...], CheckFinding] = {}
    for one in findings:
        refused = one.area == "credentials" and one.verdict == "blocked"
        seen.setdefault((one.id,) if refused else (one.id, one.sentence, one.evidence), one)
    return list(seen.values())


assert {area for area, _ in CHECKS.values()} <= set(AREAS)
