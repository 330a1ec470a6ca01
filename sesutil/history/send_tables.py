"""The tables of send statistics, and views that say the same in words.

Moments are whole numbers here: microseconds since 1970 in UTC; how bins lie in the file, so that ten years of
them are read in a fraction of a second, says `days`. The views (`bins`, `quotas`, `reputations`,
`suppressions`, `events`, `fetches`) have the account's id, the Region, and times as texts in UTC, for people
with sqlite3.
"""

from __future__ import annotations

__all__ = ["PRACTICE_TABLES", "SEND_TABLES"]

PRACTICE_TABLES = (
    """
    CREATE TABLE practice_accounts (
        account_id TEXT PRIMARY KEY,
        access_key_id TEXT NOT NULL
    ) WITHOUT ROWID
    """,
)
"""The key's id tells practice accounts with the same number apart, see `renewing`."""

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
    CREATE TABLE send_days (
        account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        day INTEGER NOT NULL,
        unit INTEGER NOT NULL,
        number INTEGER NOT NULL,
        bins TEXT NOT NULL,
        PRIMARY KEY (account, day)
    )
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
    # Of a day: [start, attempts, bounces, complaints, rejects], the start in units since midnight.
    f"""
    CREATE VIEW bins AS SELECT {_PLACE},
        {_text("(day * 86400000000 + json_extract(value, '$[0]') * unit)", "start")},
        json_extract(value, '$[1]') AS attempts, json_extract(value, '$[2]') AS bounces,
        json_extract(value, '$[3]') AS complaints, json_extract(value, '$[4]') AS rejects
    FROM send_days JOIN accounts ON accounts.id = send_days.account, json_each(send_days.bins)
    """,  # noqa: S608
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
