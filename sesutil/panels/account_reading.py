"""What a panel's banner shows of its account: asked when the panel opens, after a send, and on demand."""

from __future__ import annotations

from datetime import datetime

from traitlets import HasTraits, Instance, Unicode

from sesutil.account import Account, AccountStatus, read_status
from sesutil.errors import AwsError
from sesutil.panels.pieces import Runner

__all__ = ["AccountReader"]


class AccountReader(HasTraits):
    """A model that reads its account's state; it sets `account` and `_runner` itself.

    `status` stays what was last read where the account cannot be; `status_error` is then AWS's code.
    """

    account: Account
    _runner: Runner

    status = Instance(AccountStatus, allow_none=True)
    status_read_at = Instance(datetime, allow_none=True)
    status_error = Unicode(allow_none=True, default_value=None)

    def read_account(self) -> None:
        """Asks the account for its state, for the banner."""
        self._runner(self._read_account)

    def _read_account(self) -> None:
        status, error = self.status, None
        try:
            status = read_status(self.account)
        except AwsError as caught:
            error = caught.code
        with self.hold_trait_notifications():
            self.status, self.status_error, self.status_read_at = status, error, datetime.now()
