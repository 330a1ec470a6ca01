"""What becomes of a code that is typed: Logto's own code and text for it, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "CODE_MISMATCH",
    "EMAIL_MISMATCH",
    "EXCEED_MAX_TRY",
    "EXPIRED",
    "MESSAGES",
    "NOT_FOUND",
    "Verdict",
    "Waiting",
    "duration",
    "plural",
]

NOT_FOUND = "verification_code.not_found"
EMAIL_MISMATCH = "verification_code.email_mismatch"
EXPIRED = "verification_code.expired"
EXCEED_MAX_TRY = "verification_code.exceed_max_try"
CODE_MISMATCH = "verification_code.code_mismatch"

MESSAGES = {
    NOT_FOUND: "Verification code not found. Please send verification code first.",
    EMAIL_MISMATCH: "Email mismatch. Please request a new verification code.",
    EXPIRED: "Verification code has expired. Please request a new verification code.",
    EXCEED_MAX_TRY: "Verification code retries limitation exceeded. Please request a new verification code.",
    CODE_MISMATCH: "Invalid verification code.",
}
"""Logto's English texts: as recorded from Logto 1.42, but for that of email_mismatch, from its phrases."""


@dataclass(frozen=True)
class Verdict:
    """What Logto answers to a code.

    code
        Logto's error code (HTTP 400), None for a code that is accepted (HTTP 204).
    sentence, next_step
        In plain words, with what Logto itself does not tell: why nothing was found, that the code was an
        older one.
    tries_left, seconds_left
        Of the code that is waiting for this address; None where none is.
    """

    accepted: bool
    code: str | None
    sentence: str
    next_step: str
    tries_left: int | None = None
    seconds_left: int | None = None

    @property
    def message(self) -> str:
        """Logto's own text, in English; empty for an accepted code."""
        return MESSAGES[self.code] if self.code is not None else ""


@dataclass(frozen=True)
class Waiting:
    """A code that was issued and not used yet. `seconds_left` is 0 once it has expired."""

    address: str
    usage_type: str
    tries_left: int
    seconds_left: int


def plural(count: int, noun: str, nouns: str | None = None) -> str:
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def duration(seconds: int) -> str:
    """`45 seconds`, `10 minutes`, `9 minutes 30 seconds`, `1 hour`."""
    hours, rest = divmod(max(seconds, 0), 3600)
    minutes, rest = divmod(rest, 60)
    parts = [(hours, "hour"), (minutes, "minute"), (rest, "second")]
    return " ".join(plural(count, noun) for count, noun in parts if count) or "0 seconds"
