"""What a mail is filled with, as chosen in a panel: samples of what Logto gives, or variables of your own."""

from __future__ import annotations

import json
from typing import Any, cast

from sesutil.variables import Context, sample_payload

__all__ = ["CONNECTOR_LANGUAGE", "CONTEXT_WORDS", "OWN", "chosen_payload"]

OWN = "own"
CONTEXT_WORDS = {
    "What is always there": "usual",
    "Everything Logto may add": "full",
    "HTML in what users write": "hostile",
    "The code or link alone": "none",
    "Variables of your own": OWN,
}
"""What a person chooses from, and the context that it is (`variables.CONTEXTS`, or OWN)."""

CONNECTOR_LANGUAGE = "any other (the connector's own)"


def chosen_payload(usage_type: str, code: str, context: str, own: str) -> tuple[dict[str, Any], str]:
    """The payload, and in words what is wrong with `own`, the variables of one's own as JSON.

    They come on top of the samples of the context "usual".
    """
    if context != OWN:
        return sample_payload(usage_type, code, context=cast("Context", context)), ""
    samples = sample_payload(usage_type, code)
    try:
        given = json.loads(own)
    except json.JSONDecodeError as error:
        return samples, f"This is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
    except (ValueError, RecursionError):
        return samples, "This JSON cannot be read."
    if not isinstance(given, dict):
        return samples, 'Give a JSON object, such as {"user": {"name": "Ada"}}.'
    return {**samples, **given}, ""
