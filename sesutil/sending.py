"""Sending one mail, as Logto's connector sends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sesutil.account import Account, translated, unreadable
from sesutil.config import ConnectorConfig, EmailTemplate
from sesutil.errors import SendError
from sesutil.explanations import explain_not_verified
from sesutil.requests import build_request

__all__ = ["SendResult", "send"]


@dataclass(frozen=True)
class SendResult:
    """What became of a send. SES accepted it when there is a `message_id`; that is not delivery yet.

    `message_id` and `request_id` are None for a dry run. `attempts` counts botocore's tries.
    """

    message_id: str | None
    request: dict[str, Any] = field(repr=False)
    request_id: str | None = None
    attempts: int = 0

    @property
    def accepted(self) -> bool:
        return self.message_id is not None


def send(
    account: Account,
    config: ConnectorConfig,
    *,
    to: str,
    usage_type: str,
    payload: Mapping[str, Any],
    localized: EmailTemplate | Mapping[str, Any] | None = None,
    dry_run: bool = False,
) -> SendResult:
    """Sends the mail that Logto would send. With `dry_run` nothing is sent, `.request` is what would be.

    Raises SendError with AWS's code and text and what they mean, and TemplateNotFound.
    """
    request = build_request(config, to=to, usage_type=usage_type, payload=payload, localized=localized)
    if dry_run:
        return SendResult(None, request)
    try:
        with translated("SendEmail", SendError):
            answer = account.ses.send_email(**request)
    except SendError as error:
        if told := explain_not_verified(error.message, config.email_address, to):
            error.explanation = told
        raise
    about = answer["ResponseMetadata"]
    message_id = answer.get("MessageId")
    if not message_id:
        raise unreadable("SendEmail", "the answer has no MessageId", SendError, about.get("HTTPStatusCode"))
    return SendResult(
        message_id=message_id,
        request=request,
        request_id=about.get("RequestId"),
        attempts=about.get("RetryAttempts", 0) + 1,
    )
