"""How long a code counts, how often it may be tried, and how many are sent to one recipient."""

from __future__ import annotations

from dataclasses import dataclass

from sesutil.errors import InvalidParameters

__all__ = ["LIFETIMES", "TRIES", "CodePolicy"]

LIFETIMES = (60, 3600)
"""Seconds, the least and the most: Logto's `verificationCodePolicyGuard`; less was recorded as refused."""

TRIES = (1, 100)
"""The least and the most, from the same guard."""


@dataclass(frozen=True)
class CodePolicy:
    """Logto's rules for verification codes. Raises InvalidParameters for what Logto does not take.

    lifetime
        Seconds, `verificationCodePolicy.expirationDuration` of the tenant's sign-in experience.
    tries
        `verificationCodePolicy.maxRetryAttempts`: so many wrong codes, and then the right one counts no
        more either.
    sends, per
        At most so many codes to one recipient within so many seconds (`defaultMessageRateLimitPolicy`);
        no setting of the tenant, nor are the `digits` (`passcodeLength`).
    """

    digits: int = 6
    lifetime: int = 600
    tries: int = 10
    sends: int = 10
    per: int = 600

    def __post_init__(self) -> None:
        problems = [
            f"{name} should be a whole number from {least:,} to {most:,}{unit}, and is {value!r}."
            for name, value, (least, most), unit in (
                ("digits", self.digits, (4, 10), ""),
                ("lifetime", self.lifetime, LIFETIMES, " seconds"),
                ("tries", self.tries, TRIES, ""),
                ("sends", self.sends, (1, 1_000_000), ""),
                ("per", self.per, (1, 86_400), " seconds"),
            )
            if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most
        ]
        if problems:
            raise InvalidParameters(problems)
