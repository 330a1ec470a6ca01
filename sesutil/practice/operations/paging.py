"""Lists that come in pages."""

from __future__ import annotations

import base64
from typing import Any

from sesutil.practice.rules.refusals import Refused, bad_request

__all__ = ["page"]


def page(key: str, items: list[Any], parameters: dict[str, Any], *, size: int = 100) -> dict[str, Any]:
    """The page that NextToken and PageSize ask for, and the token of the next one."""
    size = parameters.get("PageSize") or size
    if size < 1:
        raise bad_request("PageSize must be greater than 0.")  # text guessed
    start = 0
    if token := parameters.get("NextToken"):
        try:
            start = int(base64.b64decode(token, validate=True))
        except ValueError:
            start = -1
        if start < 0:
            raise Refused(400, "InvalidNextTokenException", None)
    answer: dict[str, Any] = {key: items[start : start + size]}
    if start + size < len(items):
        answer["NextToken"] = base64.b64encode(str(start + size).encode()).decode()
    return answer
