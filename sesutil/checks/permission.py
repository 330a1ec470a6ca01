"""Whether the sending key may send this mail: each thing that a send uses, asked by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial

from sesutil.addresses import is_simulator
from sesutil.checks.facts import Facts
from sesutil.checks.findings import CheckFinding
from sesutil.errors import AwsError, InvalidParameters
from sesutil.parallel import side_by_side
from sesutil.permissions.answers import Permission
from sesutil.permissions.arns import identity_arn
from sesutil.permissions.simulating import Ask, may, send_asks

__all__ = ["check_permission"]

_DOCS = "https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html"
_STRANGER = "sesutil-looks-who-may-send"


def check_permission(facts: Facts) -> Iterator[CheckFinding]:
    """By IAM's simulator where it may be asked, else by reading the policies that may be read."""
    if facts.from_mailbox is None:
        return
    facts.prime(facts.sender, facts.identities, facts.account_answer, facts.recipient_identities)
    try:
        caller = facts.sender().caller
    except AwsError:
        return  # the credentials' check says it
    if caller is None or caller.is_root:
        return
    try:
        asks = _asks(facts, caller.account_id)
    except (AwsError, InvalidParameters):
        return  # the identity's and the fields' checks say it
    theirs = _identity_policies(facts, caller.account_id)
    ask_iam = partial(may, facts.account, caller.arn, resource_policies=theirs)
    jobs = [partial(ask_iam, asks)]
    if facts.sender().own:
        jobs.append(partial(ask_iam, [_as_somebody_else(asks[0])]))
    outcomes = side_by_side(jobs)
    if outcomes[0].error is not None:
        raise outcomes[0].error
    yield from _findings(caller.user_name or caller.arn, outcomes[0].value or [], facts)
    wide = outcomes[1].value if len(outcomes) > 1 else None
    if wide and wide[0].verdict == "allowed":
        yield CheckFinding(
            "permission.wide", "permission", "note",
            f"{caller.user_name or caller.arn} may send as any address of the account, not only as {facts.from_mailbox.address}.",
            wide[0].why, "Replace the policy by the least one: 01-connect shows it.", _DOCS,
        )  # fmt: skip


def _asks(facts: Facts, account_id: str) -> list[Ask]:
    mailbox = facts.recipient
    sandbox = _in_sandbox(facts)
    own = None
    if mailbox is not None and sandbox and not is_simulator(mailbox):
        found = facts.recipient_identities()
        own = found[0].name if found else None
    return send_asks(
        facts.config,
        account_id,
        facts.account.region,
        [one.name for one in facts.identities()],
        recipient=mailbox.address if mailbox is not None else None,
        sandbox=sandbox,
        recipient_identity=own,
        default_set=facts.default_set(),
    )


def _identity_policies(facts: Facts, account_id: str) -> dict[str, dict[str, str]]:
    """The identities' own policies (sending authorization), which count beside the user's."""
    states = list(facts.identities())
    with suppress(AwsError):
        states += facts.recipient_identities()
    return {
        identity_arn(account_id, facts.account.region, one.name): dict(one.policy_documents) for one in states
    }


def _in_sandbox(facts: Facts) -> bool:
    """A key that may not read the account's state is judged as in the sandbox, where more is asked."""
    try:
        return facts.in_sandbox()
    except AwsError:
        return True


def _as_somebody_else(ask: Ask) -> Ask:
    address = ask.context["ses:FromAddress"][0]
    stranger = f"{_STRANGER}@{address.rpartition('@')[2]}"
    return Ask(ask.action, ask.resource, {**ask.context, "ses:FromAddress": (stranger,)})


def _findings(who: str, answers: Sequence[Permission], facts: Facts) -> Iterator[CheckFinding]:
    for one in answers:
        what = f"{one.ask.action} on {one.ask.resource or '*'}"
        if one.verdict == "denied" and _by_recipient(one) and facts.recipient is None:
            yield CheckFinding(
                "permission.recipients", "permission", "unknown",
                f"Whether {who} may {what} depends on the recipient: {_causes(one)}.", _told(one),
                "Name a recipient (--to).", _DOCS,
            )  # fmt: skip
        elif one.verdict == "denied":
            whom = f" to {facts.recipient.address}" if _by_recipient(one) and facts.recipient else ""
            because = f": {_causes(one)}" if one.causes else _because(one.ask.resource or "")
            yield CheckFinding(
                "permission.denied", "permission", "blocked", f"{who} may not {what}{whom}{because}.", _told(one),
                f"{_repair(one)}: 01-connect shows the least policy that works.", _DOCS,
            )  # fmt: skip
        elif one.verdict == "unknown":
            yield CheckFinding(
                "permission.unknown", "permission", "unknown", f"Could not find out whether {who} may {what}.", _told(one),
                "Look with a profile that may ask IAM (iam:SimulatePrincipalPolicy, or iam:Get* and iam:List*), or send a "
                "test mail.", _DOCS,
            )  # fmt: skip
    allowed = [one for one in answers if one.verdict == "allowed"]
    if allowed and len(allowed) == len(answers):
        resources = ", ".join((one.ask.resource or "*").rpartition(":")[2] for one in allowed)
        yield CheckFinding(
            "permission.allowed", "permission", "done", f"{who} may send: ses:SendEmail on {resources}.", _told(allowed[0])
        )  # fmt: skip


def _repair(answer: Permission) -> str:
    if answer.explicit:
        return "Take the Deny statement out, or narrow it"
    if answer.causes:
        return f"Correct that condition ({', '.join(answer.causes[0].keys)})"
    return f"Allow {answer.ask.action} on that resource for {answer.ask.context['ses:FromAddress'][0]}"


def _causes(answer: Permission) -> str:
    return "; ".join(one.sentence for one in answer.causes[:2])


def _by_recipient(answer: Permission) -> bool:
    """Whether another recipient would be another answer: every statement in question is about that."""
    return bool(answer.causes) and all("ses:recipients" in one.keys for one in answer.causes)


def _because(resource: str) -> str:
    return ", which a send with this configuration set needs" if ":configuration-set/" in resource else ""


def _told(answer: Permission) -> str:
    how = {"simulated": "IAM's simulator", "read": "read from the policies", "known": "without asking"}
    return f"{answer.why} ({how[answer.how]})"
