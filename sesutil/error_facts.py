"""What an error says of itself: code, text, status, request id; whoever raised it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import botocore.exceptions

from sesutil.errors import AwsError, SesutilError

__all__ = ["ErrorFacts", "error_facts"]


@dataclass(frozen=True)
class ErrorFacts:
    """What an error says of itself. `code` is '' where only a text is known."""

    code: str
    message: str
    http_status: int | None = None
    request_id: str | None = None
    operation: str | None = None


def error_facts(error: BaseException | Mapping[str, Any] | str) -> ErrorFacts:
    """Code, text, status and request id of an error, as far as it has them."""
    if isinstance(error, AwsError):
        return ErrorFacts(error.code, error.message, error.http_status, error.request_id, error.operation)
    if isinstance(error, botocore.exceptions.ClientError):
        return _client_error_facts(error)
    if isinstance(error, SesutilError):
        return ErrorFacts("", str(error))
    if isinstance(error, BaseException):
        return ErrorFacts(type(error).__name__, str(error))
    if isinstance(error, str):
        return _text_facts(error)
    return _logto_facts(error)


def _client_error_facts(error: botocore.exceptions.ClientError) -> ErrorFacts:
    details = error.response.get("Error", {})
    metadata = error.response.get("ResponseMetadata", {})
    code, message = str(details.get("Code", "")), details.get("Message") or ""
    status = metadata.get("HTTPStatusCode")
    if code.isdecimal() or not code:  # botocore's makeshift for a body that it could not read
        code = "InvalidResponse"
        message = f"HTTP {status}: {message}".rstrip(": ")
    return ErrorFacts(code, message, status, metadata.get("RequestId"), error.operation_name)


_NAMED = re.compile(
    r"(?:^|\()(?P<code>[A-Z]\w+(?:Exception|Rejected|Error|Response))\)?[^:]*: (?P<text>.+)", re.DOTALL
)


def _text_facts(text: str) -> ErrorFacts:
    if text.lstrip().startswith("{"):
        try:
            data = json.loads(text)
        except ValueError:
            pass
        else:
            if isinstance(data, dict):
                return _logto_facts(data)
    if match := _NAMED.search(text):  # botocore's "An error occurred (Code) when …: text"
        return ErrorFacts(match["code"], match["text"])
    return ErrorFacts("", text)


def _logto_facts(answer: Mapping[str, Any]) -> ErrorFacts:
    data = answer.get("data")
    inner = data.get("message") if isinstance(data, Mapping) else None
    text = inner if isinstance(inner, str) else answer.get("message")
    return ErrorFacts("", text if isinstance(text, str) else json.dumps(dict(answer)))
