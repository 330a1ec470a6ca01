"""Quota and rate. Both count recipients, not calls.

https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html: the quota is a rolling 24
hours; the rate may be exceeded for short bursts.
"""

from __future__ import annotations

from collections import deque

__all__ = ["CallLimit", "RecipientBucket", "RollingQuota"]

DAY = 24 * 3600.0

BURST_SECONDS = 2.0
"""How many seconds' worth of recipients may be sent at once. A guess: AWS gives no number."""

QUOTA_LAG = 60.0
"""By how much GetSendQuota lags behind the sends. That it does was seen; the time is a guess."""


class RecipientBucket:
    """A token bucket that may be overdrawn.

    A send passes when at least one token is there, and then takes one per recipient: at 1/s a
    message to five passes, and some seconds of refusals follow.
    """

    def __init__(self, rate: float, now: float) -> None:
        self.rate = rate
        self._tokens = rate * BURST_SECONDS
        self._updated = now

    def set_rate(self, rate: float) -> None:
        self.rate = rate
        self._tokens = rate * BURST_SECONDS

    def has_token(self, now: float) -> bool:
        earned = max(now - self._updated, 0.0) * self.rate
        self._tokens = min(self._tokens + earned, self.rate * BURST_SECONDS)
        self._updated = max(now, self._updated)
        return self._tokens >= 1.0

    def take(self, recipients: int) -> None:
        self._tokens -= recipients


class RollingQuota:
    """How many recipients were sent to in the last 24 hours."""

    def __init__(self) -> None:
        self._sends: deque[tuple[float, int]] = deque()
        self._total = 0

    def add(self, at: float, recipients: int) -> None:
        if recipients:
            self._sends.append((at, recipients))
            self._total += recipients

    def used(self, now: float) -> int:
        while self._sends and self._sends[0][0] <= now - DAY:
            self._total -= self._sends.popleft()[1]
        return self._total

    def seen(self, now: float) -> int:
        """What GetSendQuota knows of it."""
        fresh = 0
        total = self.used(now)
        for at, recipients in reversed(self._sends):
            if at <= now - QUOTA_LAG:
                break
            fresh += recipients
        return total - fresh


class CallLimit:
    """One call a second of each operation, for all that send nothing.

    https://docs.aws.amazon.com/ses/latest/dg/quotas.html
    """

    def __init__(self) -> None:
        self._last: dict[str, float] = {}

    def passes(self, operation: str, now: float) -> bool:
        if now - self._last.get(operation, -1.0) < 1.0:
            return False
        self._last[operation] = now
        return True
