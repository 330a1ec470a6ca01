"""Practice accounts that were made anew: their numbers are the same again, and the account is another one.

A practice account has a key pair of its own from the day it is made. The history notes the key's id (which is
worth nothing anywhere else), and so knows when there is a new account under an old number.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sesutil.account import Account
from sesutil.history.accounts import forget_account
from sesutil.history.database import writing

__all__ = ["forget_predecessors"]


def forget_predecessors(folder: str | Path, accounts: Iterable[Account]) -> tuple[str, ...]:
    """Forgets what is kept of practice accounts that these have replaced; a sentence for each.

    To be called before anything of these is kept. Of an account that was kept without its key's id, by an
    earlier sesutil, nobody can say whether it is the same: it is taken as the same. Test runs stay. Raises
    ProjectError.
    """
    found = {
        account.practice.account_id: account.practice.access_key_id
        for account in accounts
        if account.practice is not None and account.practice.account_id
    }
    said = []
    for account_id, key in found.items():
        with writing(folder) as history:
            row = history.execute(
                "SELECT access_key_id FROM practice_accounts WHERE account_id = ?", (account_id,)
            ).fetchone()
        if row is not None and row[0] != key:
            forget_account(folder, account_id, mode="practice")
            said.append(
                f"The practice account {account_id} was made anew: what was kept of the sends of the one "
                "before it is deleted."
            )
        with writing(folder) as history:
            history.execute("INSERT OR REPLACE INTO practice_accounts VALUES (?, ?)", (account_id, key))
    return tuple(said)
