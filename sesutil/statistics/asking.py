"""Asking again what SES was asked too often: it takes one call a second of each kind that sends nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from sesutil.errors import AwsError

__all__ = ["is_throttled", "patiently"]

T = TypeVar("T")

_PAUSES = (1.0, 2.0, 4.0)
_CODES = (
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "LimitExceededException",
    "RequestThrottled",
)


def is_throttled(error: AwsError) -> bool:
    return error.http_status == 429 or error.code in _CODES


def patiently(ask: Callable[[], T], *, sleep: Callable[[float], object] = time.sleep) -> T:
    """The answer; asked again after 1, 2 and 4 seconds while it is refused as too much. Raises AwsError.

    boto3 has tried three times each time, within a second or two.
    """
    for pause in _PAUSES:
        try:
            return ask()
        except AwsError as error:
            if not is_throttled(error):
                raise
        sleep(pause)
    return ask()
