"""Reading the practice account's inbox: what arrived, and the code in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from sesutil.account import Account
from sesutil.errors import PracticeError
from sesutil.launching import read_json_url
from sesutil.plaintext import html_to_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["INBOX_COLUMNS", "InboxMessage", "carries", "inbox_frame", "read_inbox", "read_message"]

INBOX_COLUMNS = {
    "time": "datetime64[us, UTC]",
    "recipient": "str",
    "subject": "str",
    "code": "str",
    "message_id": "str",
}


@dataclass(frozen=True)
class InboxMessage:
    """A mail that the practice account accepted. `code` is the verification code found in it, or None."""

    message_id: str
    time: datetime
    source: str
    recipients: tuple[str, ...]
    subject: str
    html: str | None
    text: str | None
    code: str | None


def read_inbox(account: Account, *, to: str | None = None) -> list[InboxMessage]:
    """The messages in the inbox, oldest first; with `to`, those to this address.

    Raises PracticeError: for an account that has no inbox, and when it does not answer.
    """
    return _ask(account, {"to": to} if to is not None else {})


def read_message(account: Account, message_id: str) -> InboxMessage | None:
    """The message of a send, or None when the inbox has none of that id. Raises PracticeError."""
    found = _ask(account, {"id": message_id})
    return found[0] if found else None


def carries(message: InboxMessage, value: str) -> bool:
    """Whether a mail shows what was sent in it, a code or a link, to the person who reads it.

    In its text, not in its markup: `#000000` is a colour. A link may also be where a button leads.
    """
    if "://" in value:
        return value in unescape(message.html or "") or value in (message.text or "")
    read = html_to_text(message.html or "") + "\n" + (message.text or "")
    return message.code == value or re.search(rf"(?<!\w){re.escape(value)}(?!\w)", read) is not None


def inbox_frame(account: Account) -> pd.DataFrame:
    """The inbox as a frame, newest first, with the columns of INBOX_COLUMNS; also when it is empty.

    time (UTC), recipient (the first), subject, code (None where none was found), message_id.
    """
    import pandas as pd

    rows = [
        (
            message.time,
            message.recipients[0] if message.recipients else None,
            message.subject,
            message.code,
            message.message_id,
        )
        for message in reversed(read_inbox(account))
    ]
    return pd.DataFrame(rows, columns=list(INBOX_COLUMNS)).astype(INBOX_COLUMNS)


def _ask(account: Account, query: dict[str, str]) -> list[InboxMessage]:
    if account.practice is None:
        raise PracticeError(
            "Only a practice account has an inbox that can be read. Live, the mail is in the "
            "recipient's own inbox."
        )
    url = f"{account.practice.endpoint_url}/_aws/ses?{urlencode(query)}"
    return [_message(item) for item in read_json_url(url)["messages"]]


def _message(item: dict[str, Any]) -> InboxMessage:
    destination = item["Destination"]
    return InboxMessage(
        message_id=item["Id"],
        time=datetime.fromisoformat(item["Timestamp"]),
        source=item["Source"],
        recipients=(
            *destination["ToAddresses"],
            *destination["CcAddresses"],
            *destination["BccAddresses"],
        ),
        subject=item["Subject"],
        html=item["Body"]["html_part"],
        text=item["Body"]["text_part"],
        code=item["Code"],
    )
