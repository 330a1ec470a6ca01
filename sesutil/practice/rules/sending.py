"""Accepting a mail: what is checked, in which order, and what the message then says of itself.

The order (IAM, addresses, count and size, configuration set, verified identities, MAIL FROM, paused,
quota and rate) is inferred from single recordings; nobody published one for a message with
several faults.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sesutil.addresses import AddressProblem, Mailbox, identity_covers, is_simulator, parse_mailbox
from sesutil.plaintext import find_code
from sesutil.practice.rules import outcomes
from sesutil.practice.rules.authorization import Resource, call_context, check_send, send_context
from sesutil.practice.rules.content import holds_eicar, size_of, too_long
from sesutil.practice.rules.identities import (
    configuration_set_arn,
    covering,
    identity_arn,
    mail_from_of,
    signers_of,
)
from sesutil.practice.rules.model import Event, Identity, Message, Suppressed
from sesutil.practice.rules.notices import look_and_save
from sesutil.practice.rules.refusals import Refused, bad_request, no_configuration_set, not_verified
from sesutil.practice.rules.sandbox import quota_and_rate
from sesutil.practice.rules.world import Caller, Region, World
from sesutil.regions import partition

__all__ = ["PAUSED", "SENDS", "Outgoing", "accept"]

SENDS = frozenset(
    {"SendEmail", "SendRawEmail", "SendBulkEmail", "SendTemplatedEmail", "SendBulkTemplatedEmail"}
)
"""Operations that send; they check the permission themselves, for each resource they use."""

MOST_RECIPIENTS = 50
PAUSED = (
    "Sending paused for this {what}. For more information, please check the inbox of the email address "
    "associated with your AWS account."
)


@dataclass
class Outgoing:
    """A send as it was asked for, whatever the protocol."""

    message: Message
    raw: bytes | None
    most_bytes: int
    api_version: str
    header_senders: list[str] = field(default_factory=list)
    """The senders in the headers of raw content, but for the one that the call names."""
    identity_arns: dict[str, str] = field(default_factory=dict)
    """`from` and `feedback` → the identity ARN that the call names."""

    @property
    def action(self) -> str:
        return "ses:SendEmail" if self.raw is None else "ses:SendRawEmail"


@dataclass
class _Sender:
    """An address of the sender, and the identity that stands for it: the account's, or another's."""

    mailbox: Mailbox
    arn: str
    covering: list[Identity]
    """All that cover the address."""
    found: list[Identity]
    """Those whose settings count: the one that the call names, or all."""
    policies: dict[str, str]
    foreign: bool
    foreign_verified: bool = False

    @property
    def verified(self) -> bool:
        return self.foreign_verified or any(identity.verified for identity in self.covering)


def accept(world: World, caller: Caller, outgoing: Outgoing) -> Message:
    """The message that SES accepts, counted and delivered; or Refused."""
    message = outgoing.message
    region = world.region(caller.region)
    source, feedback = _addresses(message)
    recipients = [_parse(text) for text in message.recipients]
    if not recipients:
        raise bad_request("Missing required header 'To'.")  # text inferred
    sender = _sender(world, region, source, outgoing.identity_arns.get("from"))
    senders = [sender]
    # Without an address it belongs to the From address; recorded: it is looked at, even when empty.
    if feedback is not None or "feedback" in outgoing.identity_arns:
        senders.append(_sender(world, region, feedback or source, outgoing.identity_arns.get("feedback")))
    for one in senders:
        look_and_save(world, region.state, one.covering)
    # In the sandbox the recipients must be the account's, too.
    asked = [] if region.state.production else [to for to in recipients if not is_simulator(to)]
    sandboxed = [(to, covering(region.state.identities.values(), to)) for to in asked]
    message.configuration_set = message.configuration_set or _default_set(sender)
    _check_iam(world, caller, outgoing, senders, feedback, recipients, sandboxed)

    if len(recipients) > MOST_RECIPIENTS:
        raise bad_request(f"Recipient count exceeds {MOST_RECIPIENTS}.")
    if (size := size_of(message, outgoing.raw)) > outgoing.most_bytes:
        raise too_long(outgoing.most_bytes, size)
    _check_tags(message.tags)
    _check_configuration_set(region, message.configuration_set)
    named = [_parse(text) for text in outgoing.header_senders]
    _check_verified(world, region, senders, named, sandboxed)
    _check_mail_from(region, sender, message)
    _check_paused(region, message.configuration_set)
    _check_limits(world, region, message, recipients)

    message.identity, message.caller, message.source_ip = sender.arn, caller.arn, caller.source_ip
    message.code = find_code(message.html, message.text)
    message.signed_by = signers_of(sender.found, source, _signs)
    faults = world.faults.snapshot()
    try:
        message.events = _events(world, region, outgoing, recipients)
        world.deliver(message)
    except BaseException:
        world.faults.planted = faults  # what was not accepted has used up nothing
        raise
    region.bucket.take(len(recipients))
    region.quota.add(message.time, message.counted)
    return message


def _events(world: World, region: Region, outgoing: Outgoing, recipients: list[Mailbox]) -> list[Event]:
    now = world.clock.now()
    if outgoing.raw is not None and holds_eicar(outgoing.raw):
        return outcomes.rejected(recipients, now)
    return outcomes.plan(
        recipients,
        region=region.state.region,
        now=now,
        suppressed=lambda mailbox: _suppressed(region, outgoing.message.configuration_set, mailbox),
        fault_for=world.faults.for_recipient,
    )


def _signs(identity: Identity) -> bool:
    return identity.dkim_enabled and identity.dkim_status in ("SUCCESS", "TEMPORARY_FAILURE")


# -- addresses --------------------------------------------------------------------------------------


def _addresses(message: Message) -> tuple[Mailbox, Mailbox | None]:
    """From, and where bounces go if that was said. The addresses for answers must be some, too."""
    source = _parse(message.source)
    feedback = _parse(message.feedback_address) if message.feedback_address else None
    for reply_to in message.reply_to:
        _parse(reply_to)
    return source, feedback


def _parse(text: str) -> Mailbox:
    try:
        return parse_mailbox(text)
    except AddressProblem as problem:
        raise bad_request(str(problem)) from None


# -- identities -------------------------------------------------------------------------------------

_IDENTITY_ARN = re.compile(
    r"arn:(?P<partition>[\w-]+):ses:(?P<region>[\w-]+):(?P<account>\d{12}):identity/(?P<name>.+)"
)


def _sender(world: World, region: Region, mailbox: Mailbox, arn: str | None) -> _Sender:
    state = region.state
    found = covering(state.identities.values(), mailbox)
    if arn is None:
        name = found[0].name if found else mailbox.address
        policies = found[0].policies if found else {}
        own = identity_arn(state.region, world.account_id, name)
        return _Sender(mailbox, own, found, found, policies, foreign=False)
    match = _IDENTITY_ARN.fullmatch(arn)
    if not match or match["region"] != state.region or match["partition"] != partition(state.region):
        raise bad_request(f"Invalid ARN <{arn}>.")
    if not identity_covers(match["name"], mailbox):
        raise bad_request(f"The address '{mailbox.text}' does not align with the given ARN '{arn}'")
    if match["account"] != world.account_id:
        foreign = world.foreign_identities.get(arn)
        return _Sender(
            mailbox,
            arn,
            [],
            [],
            foreign.policies if foreign else {},
            foreign=True,
            foreign_verified=bool(foreign and foreign.verified),
        )
    named = [one for one in found if one.name.lower() == match["name"].lower()]
    return _Sender(mailbox, arn, found, named or found, named[0].policies if named else {}, foreign=False)


def _default_set(sender: _Sender) -> str | None:
    return sender.found[0].configuration_set if sender.found else None


def _check_iam(
    world: World,
    caller: Caller,
    outgoing: Outgoing,
    senders: list[_Sender],
    feedback: Mailbox | None,
    recipients: list[Mailbox],
    sandboxed: list[tuple[Mailbox, list[Identity]]],
) -> None:
    # The feedback address's own identity is asked only where it is another account's (a guess).
    resources = [
        Resource(one.arn, one.policies, foreign=one.foreign)
        for one in senders
        if one is senders[0] or one.foreign
    ]
    resources += [
        Resource(identity_arn(caller.region, world.account_id, own[0].name), own[0].policies)
        for _, own in sandboxed
        if own
    ]
    if outgoing.message.configuration_set:
        name = outgoing.message.configuration_set
        resources.append(Resource(configuration_set_arn(caller.region, world.account_id, name)))
    context = call_context(caller, world.clock.now(), outgoing.api_version)
    context |= send_context(senders[0].mailbox, recipients, feedback)
    check_send(caller, outgoing.action, {one.arn: one for one in resources}.values(), context)


def _check_verified(
    world: World,
    region: Region,
    senders: list[_Sender],
    named: list[Mailbox],
    sandboxed: list[tuple[Mailbox, list[Identity]]],
) -> None:
    state = region.state
    in_headers = (
        [] if senders[0].foreign else [(one, covering(state.identities.values(), one)) for one in named]
    )
    failed = [one.mailbox.text for one in senders if not one.verified]
    for mailbox, found in (*in_headers, *sandboxed):
        look_and_save(world, state, found)
        if not any(identity.verified for identity in found):
            failed.append(mailbox.text)
    if failed:
        raise not_verified(failed, state.region)


def _check_mail_from(region: Region, sender: _Sender, message: Message) -> None:
    """The envelope's sender is in the MAIL FROM domain, if that works, or in amazonses.com."""
    mail_from = mail_from_of(sender.found)
    if mail_from is not None and mail_from.status == "SUCCESS":
        message.envelope_domain = mail_from.domain
        return
    if mail_from is not None and mail_from.on_failure == "REJECT_MESSAGE":
        # The class is the model's; the text is a guess.
        raise Refused(400, "MailFromDomainNotVerifiedException", "Mail FROM domain is not verified")
    own = "" if region.state.region == "us-east-1" else f"{region.state.region}."
    message.envelope_domain = f"{own}amazonses.com"


# -- account and configuration set ------------------------------------------------------------------


def _check_paused(region: Region, set_name: str | None) -> None:
    """The text for the account is recorded from v1; the one for a set is made like it."""
    state = region.state
    if state.enforcement == "SHUTDOWN" or not state.sending_enabled:
        raise Refused(400, "SendingPausedException", PAUSED.format(what="account"))
    if set_name and not state.configuration_sets[set_name].sending_enabled:
        raise Refused(
            400, "SendingPausedException", f"Sending paused for this configuration set <{set_name}>."
        )


def _check_configuration_set(region: Region, name: str | None) -> None:
    if name and name not in region.state.configuration_sets:
        raise no_configuration_set(name)


def _suppressed(region: Region, set_name: str | None, mailbox: Mailbox) -> Suppressed | None:
    """What the suppression list says of a recipient, where it is heeded."""
    listed = region.state.suppressed.get(mailbox.address)
    heeded = listed is not None and listed.reason in region.state.reasons_for(set_name)
    return listed if heeded else None


def _check_limits(world: World, region: Region, message: Message, recipients: list[Mailbox]) -> None:
    now = world.clock.now()
    limit, _ = quota_and_rate(region.state)
    message.counted = sum(not is_simulator(to) for to in recipients)
    if region.quota.used(now) + message.counted > limit:
        raise Refused(429, "TooManyRequestsException", "Daily message quota exceeded.")
    if not region.bucket.has_token(now):
        raise Refused(429, "TooManyRequestsException", "Maximum sending rate exceeded.")


_TAG = re.compile(r"[A-Za-z0-9_.@-]{1,256}", re.ASCII)


def _check_tags(tags: list[dict[str, str]]) -> None:
    """Letters, digits and a few signs; the texts are inferred from v1's."""
    for tag in tags:
        for kind, text in (("name", tag["Name"]), ("value", tag["Value"])):
            if not text:
                raise bad_request(f"The tag {kind} must be specified.")
            if not _TAG.fullmatch(text):
                allowed = "only alphanumeric ASCII characters, '_', and '-' are allowed."
                raise bad_request(f"Invalid tag {kind} <{text}>: {allowed}")
