"""Delivery events that were heard of, kept for the counts that SES does not give: by usage type, by set.

Of recipients only the domain is kept, and how many there were: it tells the simulator's mails from people's,
and one provider from another. The address would serve no count, and this file lies about for years. Nor is
the subject kept, which may hold a code: the usage type is told by it before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sesutil.config import ConnectorConfig
from sesutil.events.model import DeliveryEvent
from sesutil.history.accounts import PLACE_COLUMNS, account_row, chosen
from sesutil.history.columns import microseconds, rows_frame
from sesutil.history.database import reading, writing
from sesutil.history.subjects import usage_type_by_subject

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KEPT_EVENT_COLUMNS", "keep_events", "kept_events_frame"]

KEPT_EVENT_COLUMNS = {
    **PLACE_COLUMNS,
    "at": "datetime64[us, UTC]",
    "kind": "str",
    "message_id": "str",
    "domain": "str",
    "recipients": "int64",
    "type": "str",
    "subtype": "str",
    "configuration_set": "str",
    "usage_type": "str",
    "sent_at": "datetime64[us, UTC]",
}
"""Columns of `kept_events_frame`, with dtypes."""

_CHANGES = ", ".join(
    f"{name} = coalesce({name}, excluded.{name})"
    for name in ("type", "subtype", "configuration_set", "usage_type", "sent_at")
)


def keep_events(
    folder: str | Path,
    account_id: str | None,
    region: str | None,
    events: Iterable[DeliveryEvent],
    *,
    mode: str | None = None,
    templates: ConnectorConfig | Iterable[tuple[str, str]] = (),
) -> int:
    """Keeps delivery events of an account; how many were new. All of them, or none.

    Queues deliver an event more than once: it is the same by message, kind, time and the recipients' domain,
    and kept once. `templates` tell the usage type by the subject (`usage_type_by_subject`); that of a mail
    of a test run needs none, it is found by the message id. Without `mode` the id tells it (`mode_of`).

    Raises ProjectError for an account that is not known, and as `writing` does.
    """
    find = usage_type_by_subject(templates)
    rows = [row for event in events for row in _rows(event, find)]
    with writing(folder) as history:
        account = account_row(history, account_id, region, mode)
        query = "SELECT count(*) FROM delivery_events WHERE account = ?"
        (before,) = history.execute(query, (account,)).fetchone()
        history.executemany(
            "INSERT INTO delivery_events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "  # noqa: S608
            f"recipients = max(recipients, excluded.recipients), {_CHANGES}",
            ((account, *row) for row in rows),
        )
        (after,) = history.execute(query, (account,)).fetchone()
    return int(after - before)


def kept_events_frame(
    folder: str | Path,
    *,
    mode: str | None = None,
    account_id: str | None = None,
    region: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> pd.DataFrame:
    """The events that are kept, with KEPT_EVENT_COLUMNS, by account and Region, oldest first.

    mode, account_id, region
        Whose mail.
    at, kind, message_id, type, subtype, configuration_set, sent_at
        As in DeliveryEvent; times in UTC; missing where not known.
    domain, recipients
        Where it went, in lower case ("" where SES named nobody), and to how many there.
    usage_type
        As the subject told it; missing where it did not. `by_usage_type` knows those of test runs, too.

    Empty where there is no history yet. Raises ProjectError as `reading` does.
    """
    where, values = chosen(mode=mode, account_id=account_id, region=region, since=since, until=until)
    query = (
        f"SELECT {', '.join(KEPT_EVENT_COLUMNS)} FROM delivery_events "  # noqa: S608
        f"JOIN accounts ON accounts.id = account WHERE {where} "
        "ORDER BY mode, account_id, region, at, message_id, kind, domain"
    )
    with reading(folder) as history:
        return rows_frame(history, query, values, KEPT_EVENT_COLUMNS)


def _rows(event: DeliveryEvent, find: Callable[[str | None], str | None]) -> list[tuple[object, ...]]:
    """A row for each domain that the event is about."""
    domains = Counter(address.rpartition("@")[2].strip(" >").lower() for address in event.recipients)
    sent_at = microseconds(event.sent_at) if event.sent_at is not None else None
    about = (event.type, event.subtype, event.configuration_set, find(event.subject), sent_at)
    return [
        (event.message_id, event.kind, microseconds(event.at), domain, recipients, *about)
        for domain, recipients in (domains or {"": 1}).items()
    ]
