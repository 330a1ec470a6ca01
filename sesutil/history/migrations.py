"""The form of the history's file, step by step. The file's `user_version` says how many steps it has had.

A step that was released is never changed, since files have had it: what comes later is one more step at the
end. A subject writes its steps in a module of its own and names them here.
"""

from __future__ import annotations

from sesutil.history.send_tables import PRACTICE_TABLES, SEND_TABLES
from sesutil.history.tables import RUN_TABLES

__all__ = ["APPLICATION_ID", "MIGRATIONS"]

APPLICATION_ID = 0x53455355
"""`SESU`: tells a history from another program's SQLite file."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    RUN_TABLES,  # 1: test runs and their results
    SEND_TABLES,  # 2: send statistics
    PRACTICE_TABLES,  # 3: which practice account a number stands for
)
"""Each step: statements that are carried out in one transaction."""
