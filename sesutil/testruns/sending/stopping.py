"""What a refusal means for the rest of a run: try again, go on with the next mail, or send no more."""

from __future__ import annotations

import re
from typing import Literal

from sesutil.addresses import AddressProblem, Mailbox, bare_address, identity_covers, parse_mailbox
from sesutil.config import ConnectorConfig
from sesutil.errors import SendError
from sesutil.patience import passes_by_itself
from sesutil.sending import surely_not_sent

__all__ = ["Consequence", "consequence_of", "is_throttled"]

Consequence = Literal["again", "next", "stop"]

_DAILY = re.compile(r"daily message quota", re.IGNORECASE)
_PAUSED = re.compile(r"sending (is )?paused|pausing", re.IGNORECASE)
_RESOURCE = re.compile(r"on resource:? `?arn:[^:\s]+:ses:[^:\s]*:[^:\s]*:identity/([^\s'`]+)")
_NOT_VERIFIED = re.compile(r"failed the check in region [\w-]+: (.+)", re.IGNORECASE | re.DOTALL)

# What AWS answers with whoever the recipient is: of the key, the account, the sender, the set.
_MEETS_ALL = frozenset(
    """
    AccountSuspendedException ConfigurationSetDoesNotExist ConfigurationSetSendingPausedException
    ExpiredToken ExpiredTokenException IncompleteSignature IncompleteSignatureException
    InvalidClientTokenId InvalidSignatureException LimitExceededException
    MailFromDomainNotVerifiedException MissingAuthenticationToken MissingAuthenticationTokenException
    NotFoundException OptInRequired SendingPausedException SignatureDoesNotMatch
    UnrecognizedClientException
    """.split()
)


def consequence_of(error: SendError, config: ConnectorConfig, recipient: str) -> Consequence:
    """What follows from a send that was surely refused, or from one of which nobody knows.

    again: it was throttled, or never left because the line is broken; the same mail may be tried again.
    stop: every further mail would meet the same: the day's quota is used up, sending is paused, the key
    is wrong or expired or may not send, the sender is not verified. next: it concerns this mail.
    """
    if not surely_not_sent(error):
        return "next"
    if _DAILY.search(error.message) or _meets_all(error, config, recipient):
        return "stop"
    if passes_by_itself(error):
        return "again"
    return "next" if error.http_status is not None else "stop"  # never left: no credentials, no Region


def is_throttled(error: SendError) -> bool:
    """Whether SES said that it was too fast, and not that the line is broken."""
    return passes_by_itself(error) and error.http_status is not None


def _meets_all(error: SendError, config: ConnectorConfig, recipient: str) -> bool:
    if error.code in _MEETS_ALL or (error.code == "MessageRejected" and _PAUSED.search(error.message)):
        return True
    if error.code == "MessageRejected":
        match = _NOT_VERIFIED.search(error.message)
        sender = bare_address(config.email_address or "")
        return bool(match and sender and sender in match[1] and sender != bare_address(recipient))
    if error.code.startswith("AccessDenied"):
        return not _of_recipient_alone(error.message, config, recipient)
    return False


def _of_recipient_alone(message: str, config: ConnectorConfig, recipient: str) -> bool:
    """Whether the permission that is missing is one on the recipient's identity: in the sandbox SES asks
    for that, too."""
    match = _RESOURCE.search(message)
    return (
        match is not None
        and _covers(match[1], recipient)
        and not _covers(match[1], config.email_address or "")
    )


def _covers(identity: str, address: str) -> bool:
    try:
        mailbox: Mailbox = parse_mailbox(address)
    except AddressProblem:
        return False
    return identity_covers(identity, mailbox)
