"""The tables of send statistics, and views that say the same in words.

Moments are whole numbers here: microseconds since 1970 in UTC. Ten years of bins are read in a fraction of
a second so, where texts would take several. The views (`bins`, `quotas`, `reputations`, `suppressions`,
`events`, `fetches`) have the account's id, the Region, and times as texts in UTC, for people with sqlite3.
"""

from __future__ import annotations

__all__ = ["SEND_TABLES"]

_PLACE = "accounts.mode, accounts.account_id, accounts.region"


def _text(moment: str, name: str) -> str:
    """SQL for a moment as a text, to the second."""
    return f"strftime('%Y-%m-%dT%H:%M:%SZ', {moment} / 1000000, 'unixepoch') AS {name}"


def _view(name: str, table: str, columns: str) -> str:
    return (
        f"CREATE VIEW {name} AS SELECT {_PLACE}, {columns} "  # noqa: S608 (names of our own)
        f"FROM {table} JOIN accounts ON accounts.id = {table}.account"
    )


SEND_TABLES = (
    """
    CREATE TABLE accounts (
        id INTEGER PRIMARY KEY,
        mode TEXT NOT NULL,
        account_id TEXT NOT NULL CHECK (account_id != ''),
        region TEXT NOT NULL,
        UNIQUE (mode, account_id, region)
    )
    """,
    """
    CREATE TABLE send_bins (
        account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        start INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        bounces INTEGER NOT NULL,
        complaints INTEGER NOT NULL,
        rejects INTEGER NOT NULL,
        PRIMARY KEY (account, start)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE quota_readings (
        account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        at INTEGER NOT NULL,
        production INTEGER,
        sending_enabled INTEGER,
        enforcement TEXT NOT NULL,
        max_24_hours INTEGER,
        sent_24_hours INTEGER,
        max_per_second REAL,
        PRIMARY KEY (account, at)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE reputation_readings (
        account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        at INTEGER NOT NULL,
        bounce_rate REAL,
        complaint_rate REAL,
        read_at INTEGER NOT NULL,
        PRIMARY KEY (account, at)
    ) WITHOUT ROWID
    """,
    # An address that was taken off the list and put on it again is there twice: SES tells another time.
    """
    CREATE TABLE suppressed_addresses (
        account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        address TEXT NOT NULL,
        listed_at INTEGER NOT NULL,
        reason TEXT NOT NULL,
        first_seen INTEGER NOT NULL,
        last_seen INTEGER NOT NULL,
        PRIMARY KEY (account, address, listed_at)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE delivery_events (
        account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        message_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        at INTEGER NOT NULL,
        domain TEXT NOT NULL,
        recipients INTEGER NOT NULL,
        type TEXT,
        subtype TEXT,
        configuration_set TEXT,
        usage_type TEXT,
        sent_at INTEGER,
        PRIMARY KEY (account, message_id, kind, at, domain)
    ) WITHOUT ROWID
    """,
    # Not by `accounts`: a fetch that could not tell the account is one, too; then the id is empty.
    """
    CREATE TABLE statistics_fetches (
        mode TEXT NOT NULL,
        account_id TEXT NOT NULL,
        region TEXT NOT NULL,
        at INTEGER NOT NULL,
        source TEXT NOT NULL,
        parts TEXT NOT NULL,
        problems TEXT NOT NULL,
        PRIMARY KEY (mode, account_id, region, at, source)
    ) WITHOUT ROWID
    """,
    _view("bins", "send_bins", f"{_text('start', 'start')}, attempts, bounces, complaints, rejects"),
    _view(
        "quotas",
        "quota_readings",
        f"{_text('at', 'read_at')}, production, sending_enabled, enforcement, max_24_hours, sent_24_hours, "
        "max_per_second",
    ),
    _view("reputations", "reputation_readings", f"{_text('at', 'at')}, bounce_rate, complaint_rate"),
    _view(
        "suppressions",
        "suppressed_addresses",
        f"address, reason, {_text('nullif(listed_at, 0)', 'since')}, {_text('first_seen', 'first_seen')}, "
        f"{_text('last_seen', 'last_seen')}",
    ),
    _view(
        "events",
        "delivery_events",
        f"{_text('at', 'at')}, kind, domain, recipients, type, subtype, usage_type, configuration_set, "
        "message_id",
    ),
    f"CREATE VIEW fetches AS SELECT mode, account_id, region, {_text('at', 'at')}, source, parts, problems "  # noqa: S608
    "FROM statistics_fetches",
)
"""Statements of one migration."""
