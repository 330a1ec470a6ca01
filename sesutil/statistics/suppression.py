"""The account's suppression list: addresses that SES keeps from being sent to, and why."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sesutil.account import Account, translated
from sesutil.statistics.asking import patiently

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SUPPRESSION_COLUMNS", "read_suppression"]

SUPPRESSION_COLUMNS = {"address": "str", "reason": "str", "since": "datetime64[us, UTC]"}
"""Columns of the frame: the address, BOUNCE or COMPLAINT, and when it was put on the list last."""

_PAGE = 1000


def read_suppression(account: Account, *, sleep: Callable[[float], object] = time.sleep) -> pd.DataFrame:
    """The whole list, with SUPPRESSION_COLUMNS, by address; an address that is listed twice is there once.

    SES takes one such call a second, so a long list takes its time (1,000 addresses a second at most).
    The addresses are people's: mind where the frame is stored.

    Raises AwsError. The sandbox refuses: there is no list before production access.
    https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_ListSuppressedDestinations.html
    """
    import pandas as pd

    rows: dict[str, tuple[Any, ...]] = {}
    token: str | None = None
    while True:
        given: dict[str, Any] = {"PageSize": _PAGE} | ({"NextToken": token} if token else {})

        def page(given: dict[str, Any] = given) -> Any:
            with translated("ListSuppressedDestinations"):
                return account.ses.list_suppressed_destinations(**given)

        answer = patiently(page, sleep=sleep)
        for one in answer.get("SuppressedDestinationSummaries") or []:
            rows[one["EmailAddress"]] = (
                one["EmailAddress"],
                one.get("Reason") or "",
                one.get("LastUpdateTime"),
            )
        token = answer.get("NextToken")
        if not token:
            break
    frame = pd.DataFrame([rows[name] for name in sorted(rows)], columns=list(SUPPRESSION_COLUMNS))
    frame["since"] = pd.to_datetime(frame["since"], utc=True)
    return frame.astype(SUPPRESSION_COLUMNS)
