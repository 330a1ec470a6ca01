"""The guard of the day's quota: a run stops before it touches what is kept free for real users.

Others may send while the run does, so the account is asked again now and then. SES answers one such call
a second: https://docs.aws.amazon.com/ses/latest/dg/quotas.html
"""

from __future__ import annotations

from collections.abc import Callable

from sesutil.account import Account, AccountStatus, read_status
from sesutil.errors import AwsError
from sesutil.patience import passes_by_itself

__all__ = ["Guard"]

_EVERY_MAILS = 50
_EVERY_SECONDS = 30.0
_NOT_WITHIN = 1.0
_LAST_ONES = 3  # recipients: here being asked too often is better than being late


class Guard:
    """Counts the recipients that a run sends to, beside what the account says.

    Without a `status` (it may not be read) or without a limit it lets everything pass. `note` says why it
    ended, when the account could not be read any more.
    """

    def __init__(
        self, account: Account, status: AccountStatus | None, reserve: int, clock: Callable[[], float]
    ) -> None:
        self._account = account
        self._reserve = reserve
        self._clock = clock
        self._left = status.left_24_hours if status is not None else None
        self._own = 0  # since it was read
        self._mails = 0
        self._read_at = clock()
        self.note = ""

    def stops(self, recipients: int) -> str:
        """Why a mail to so many recipients of the quota must not be sent; empty: it may be."""
        if self._left is None or not recipients:
            return ""
        if self._is_due():
            self._read()
        if self._left is None or self._left - self._own - recipients >= self._reserve:
            return ""
        kept = (
            f" and {self._reserve} of them are kept free for real users (quota_reserve)"
            if self._reserve
            else ""
        )
        return (
            f"The account may send to {max(self._left - self._own, 0)} more recipients within 24 hours"
            f"{kept}, so no more were sent."
        )

    def sent(self, recipients: int) -> None:
        """A mail was sent, or may have been."""
        self._mails += 1
        self._own += recipients

    def _is_due(self) -> bool:
        """Every 50 mails or 30 seconds; more often where little is left, and before each of the last ones."""
        assert self._left is not None
        seconds = self._clock() - self._read_at
        margin = self._left - self._own - self._reserve
        if seconds >= _EVERY_SECONDS or self._mails >= _EVERY_MAILS:
            return True
        if margin <= _LAST_ONES:
            return self._mails > 0
        return self._mails >= margin // 2 and seconds >= _NOT_WITHIN

    def _read(self) -> None:
        try:
            left = read_status(self._account).left_24_hours
        except AwsError as error:
            if passes_by_itself(error):
                self._read_at, self._mails = self._clock(), 0  # what was sent since is still counted
                return
            self._left = None
            self.note = (
                f"The account could not be read any more ({error.code}), so nothing guarded the day's quota."
            )
            return
        # What SES counts may lag behind; what was known before cannot have grown by our sending.
        known = self._left - self._own if self._left is not None else None
        self._left = min(left, known) if left is not None and known is not None else left
        self._own, self._mails, self._read_at = 0, 0, self._clock()
