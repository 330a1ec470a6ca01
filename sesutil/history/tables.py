"""The tables of test runs. Times are texts in UTC (`2026-11-25T02:00:03.000000Z`), which sort as they are."""

from __future__ import annotations

from sesutil.testruns.results import RESULT_COLUMNS

__all__ = ["OUTCOME_COLUMNS", "RUN_TABLES", "STORED_RESULT_COLUMNS"]

OUTCOME_COLUMNS = {
    "proven": "proven",
    "accepted": "accepted",
    "refused": "refused",
    "lost": "lost",
    "unexpected": "unexpected",
    "unknown": "unknown",
    "failed": "failed",
    "not sent": "not_sent",
}
"""The column that counts the mails of each outcome."""

STORED_RESULT_COLUMNS = tuple(name for name in RESULT_COLUMNS if name != "code")
"""A code is worth nothing later, and no business of a file that lies about for years."""

RUN_TABLES = (
    """
    CREATE TABLE runs (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        mode TEXT NOT NULL,
        region TEXT NOT NULL,
        account TEXT,
        started TEXT NOT NULL,
        ended TEXT NOT NULL,
        seconds REAL NOT NULL,
        mails INTEGER NOT NULL,
        proven INTEGER NOT NULL,
        accepted INTEGER NOT NULL,
        refused INTEGER NOT NULL,
        lost INTEGER NOT NULL,
        unexpected INTEGER NOT NULL,
        unknown INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        not_sent INTEGER NOT NULL,
        ok INTEGER NOT NULL,
        stopped TEXT NOT NULL,
        median_arrival_seconds REAL,
        p95_arrival_seconds REAL,
        notes TEXT NOT NULL,
        parameters TEXT NOT NULL,
        sesutil TEXT NOT NULL
    )
    """,
    "CREATE INDEX runs_by_start ON runs (started)",
    """
    CREATE TABLE results (
        run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        usage_type TEXT NOT NULL,
        language TEXT NOT NULL,
        recipient TEXT NOT NULL,
        expected TEXT NOT NULL,
        status TEXT NOT NULL,
        observed TEXT NOT NULL,
        outcome TEXT NOT NULL,
        proof TEXT NOT NULL,
        error TEXT,
        next_step TEXT,
        attempts INTEGER NOT NULL,
        sent_at TEXT,
        arrived_at TEXT,
        seconds REAL,
        arrival_seconds REAL,
        message_id TEXT,
        PRIMARY KEY (run_id, number)
    ) WITHOUT ROWID
    """,
)
