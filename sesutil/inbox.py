"""Reading the practice account's inbox: what arrived, and the code in it."""

from __future__ import annotations

import re
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from sesutil.account import Account
from sesutil.addresses import bare_address
from sesutil.errors import NoMail, PracticeError
from sesutil.events.model import DeliveryEvent
from sesutil.files import project_folder
from sesutil.launching import PracticeEndpoint, find_practice, practice_folder, read_json_url

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "INBOX_COLUMNS",
    "InboxMessage",
    "carries",
    "inbox_frame",
    "read_inbox",
    "read_message",
    "wait_for_code",
    "wait_for_mail",
]

INBOX_COLUMNS = {
    "time": "datetime64[us, UTC]",
    "recipient": "str",
    "subject": "str",
    "code": "str",
    "message_id": "str",
}


@dataclass(frozen=True)
class InboxMessage:
    """A mail that the practice account accepted.

    `code` is the verification code found in it, or None; `arrives` the recipients whom it reaches,
    now or later: a mail that bounces, or is suppressed, is accepted all the same. `events` are what has
    happened to it so far, as an event stream yields them of a live mail.
    """

    message_id: str
    time: datetime
    source: str
    recipients: tuple[str, ...]
    subject: str
    html: str | None
    text: str | None
    code: str | None
    arrives: tuple[str, ...] = ()
    events: tuple[DeliveryEvent, ...] = ()


def read_inbox(
    account: Account | PracticeEndpoint, *, to: str | None = None, limit: int | None = None
) -> list[InboxMessage]:
    """The messages in the inbox, oldest first; with `to`, those to this address, with `limit` that many of
    the newest.

    Raises PracticeError: for an account that has no inbox, and when it does not answer.
    """
    query = {"to": to} if to is not None else {}
    return _ask(account, query if limit is None else {**query, "limit": str(limit)})


def read_message(account: Account | PracticeEndpoint, message_id: str) -> InboxMessage | None:
    """The message of a send, or None when the inbox has none of that id. Raises PracticeError."""
    found = _ask(account, {"id": message_id})
    return found[0] if found else None


def carries(message: InboxMessage, value: str) -> bool:
    """Whether a mail shows what was sent in it, a code or a link, to the person who reads it.

    A code counts in the text of the mail and in its subject, which a reader sees as well (and may see alone:
    in a notification). It has to stand by itself, in no word and no longer number; after a word of another
    script than Latin's it may stand without a blank, as in Chinese. A link counts where a visible link leads
    there, with at most `&more=…` or `#part` after it, and where it stands in the text by itself. What is
    hidden counts nowhere, as `sesutil lint` judges it: in comments and styles, with `hidden`,
    `display:none`, `font-size:0` … Colours are not looked at: white on white counts as shown.
    """
    if not value:
        return False
    if "://" in value:
        texts, links = _shown(message.html or "")
        if any(_leads_to(link, value) for link in links):
            return True
        alone = rf"(?<![\w/?&=%#+.@-]){re.escape(value)}(?![\w/?&=%#+@~-]|[.:,;]\w)"
        return any(re.search(alone, text, re.ASCII) for text in (texts, message.text or ""))
    # The mails of a run differ in their codes: with a mark instead, they are read once.
    mark = _MARK if value.isdigit() else value
    text, _ = _shown((message.html or "").replace(value, mark))
    return any(
        re.search(_ALONE.format(re.escape(shown)), where, re.ASCII)
        for shown, where in (
            (mark, text),
            (value, text),
            (value, message.text or ""),
            (value, message.subject),
        )
    )


_SQUARE = "\N{WHITE SQUARE CONTAINING BLACK SMALL SQUARE}"
_MARK = _SQUARE * 6
_ALONE = rf"(?<![\w{_SQUARE}])(?<!\d[.,:/'-]){{}}(?![\w%{_SQUARE}]|[.,:/'-]\d)"


@lru_cache(maxsize=32)
def _shown(html: str) -> tuple[str, tuple[str, ...]]:
    """What an HTML mail shows, and where its links lead."""
    from sesutil.linting.cascade import Cascade
    from sesutil.linting.document import Document
    from sesutil.linting.shown import shown_links, shown_text

    cascade = Cascade(Document(html))
    return shown_text(cascade), tuple(shown_links(cascade))


def _leads_to(link: str, value: str) -> bool:
    """Whether it is this link; more parameters and a part of the page change nothing in where it leads."""
    if not link.startswith(value):
        return False
    rest = link.removeprefix(value)
    return rest == "" or rest[0] == "#" or rest[0] == ("&" if "?" in value else "?")


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


def wait_for_code(
    address: str, timeout: float = 10, *, account: Account | PracticeEndpoint | None = None
) -> str:
    """The code in the newest mail that reaches `address`, waited for up to `timeout` seconds.

    `account` None: the practice account that is running for this project folder. Raises NoMail when
    there is none in time, and PracticeError without a practice account.
    """
    code = wait_for_mail(account or _running(), address, timeout).code
    assert code is not None
    return code


def wait_for_mail(
    account: Account | PracticeEndpoint,
    address: str,
    timeout: float = 10,
    *,
    with_code: bool = True,
    known: Collection[str] = (),
) -> InboxMessage:
    """The newest mail that reaches `address` and is none of the `known` ids, waited for.

    `with_code`: only one in which a verification code was found. Raises NoMail and PracticeError.
    """
    until = time.monotonic() + timeout
    while True:
        found = _ask(account, {"to": address, "limit": "20"})
        for message in reversed(found):
            fresh = message.message_id not in known and (message.code or not with_code)
            if fresh and _reaches(message, address):
                return message
        if time.monotonic() >= until:
            what = "code" if with_code else "mail"
            begin = f"No {what} has come to {address} within {timeout:g} s"
            raise NoMail(f"{begin}: {_why_not(account, address, found, known)}")
        time.sleep(_LOOK_EVERY)


def _reaches(message: InboxMessage, address: str) -> bool:
    wanted = bare_address(address).lower()
    return any(bare_address(text).lower() == wanted for text in message.arrives)


_LOOK_EVERY = 0.05


def _why_not(
    account: Account | PracticeEndpoint, address: str, found: list[InboxMessage], known: Collection[str]
) -> str:
    fresh = [message for message in found if message.message_id not in known]
    if fresh and not _reaches(fresh[-1], address):
        return f"the mail {fresh[-1].subject!r} was accepted, but does not arrive there (it bounces)."
    if fresh:
        return f"the mail {fresh[-1].subject!r} came, but no code was found in it."
    if found:
        return f"the last mail to it ({found[-1].subject!r}) was waited for before."
    others = _ask(account, {"limit": "1"})
    last = f"The newest mail there went to {', '.join(others[0].recipients)}." if others else "It is empty."
    return f"the practice inbox holds no mail to it. {last}"


def _running() -> PracticeEndpoint:
    endpoint = find_practice(practice_folder(project_folder()))
    if endpoint is None:
        raise PracticeError(
            "No practice account is running for this project folder. Start one with `sesutil practice`, or "
            "pass the account that you mean."
        )
    return endpoint


def _ask(account: Account | PracticeEndpoint, query: dict[str, str]) -> list[InboxMessage]:
    endpoint = account if isinstance(account, PracticeEndpoint) else account.practice
    if endpoint is None:
        raise PracticeError(
            "Only a practice account has an inbox that can be read. Live, the mail is in the "
            "recipient's own inbox."
        )
    url = f"{endpoint.endpoint_url}/_aws/ses?{urlencode(query)}"
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
        arrives=tuple(item["Arrives"]),
        events=tuple(_event(item, event) for event in item["Events"]),
    )


def _event(item: dict[str, Any], event: dict[str, Any]) -> DeliveryEvent:
    """As `parse_event` makes it of what SES publishes, which gives Send and Reject no time of their own."""
    kind, accepted = event["Type"], datetime.fromisoformat(item["Timestamp"])
    tags: dict[str, tuple[str, ...]] = {}
    for tag in item["Tags"]:
        tags[tag["Name"]] = (*tags.get(tag["Name"], ()), tag["Value"])
    first = event.get("BounceType") or event.get("ComplaintFeedbackType") or event.get("DelayType")
    said = event.get("SmtpResponse") or event.get("Reason") or "; ".join(event.get("DiagnosticCodes", ()))
    return DeliveryEvent(
        kind=kind,
        at=accepted if kind in ("Send", "Reject") else datetime.fromisoformat(event["Timestamp"]),
        message_id=item["Id"],
        recipients=tuple(event["Recipients"]),
        type=first,
        subtype=event.get("BounceSubType") or event.get("ComplaintSubType"),
        diagnostic=said or None,
        configuration_set=item["ConfigurationSet"] or None,
        subject=item["Subject"] or None,
        sent_at=accepted,
        tags=tags,
    )
