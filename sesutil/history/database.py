"""Opening the history's file: one place, so that every reader and writer goes by the same rules.

SQLite's write-ahead log lets readers read while somebody writes, and a writer that is killed leaves what
was committed before. Several writers wait for each other. https://www.sqlite.org/wal.html
The log needs a local disk: on a network drive keep the project, or at least its `runs/`, elsewhere.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sesutil.errors import ProjectError
from sesutil.history.migrations import APPLICATION_ID, MIGRATIONS

__all__ = ["HISTORY_NAME", "history_path", "reading", "writing"]

HISTORY_NAME = "runs/history.sqlite"
_NOT_WRITABLE = (
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR,
)  # fmt: skip
_WAIT = 30.0  # seconds for another writer; a run is written in milliseconds


def history_path(folder: str | Path) -> Path:
    return Path(folder) / HISTORY_NAME


@contextmanager
def writing(folder: str | Path) -> Iterator[sqlite3.Connection]:
    """The history, made or brought to the newest form if need be, in one transaction.

    All that is done within it is kept, or nothing. Raises ProjectError: the file cannot be written, is no
    history, was made by a later sesutil, or another program has it locked. Then it is as it was.
    """
    path = history_path(folder)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProjectError(
            f"{HISTORY_NAME} cannot be written: {error.strerror}. Make the project's folder writable."
        ) from None
    with _told(), closing(_connect(path, "rwc")) as connection:
        _version(connection)  # before anything is changed: it may be no history
        _use_write_ahead_log(connection)
        _migrate(connection)
        with _transaction(connection):
            yield connection


@contextmanager
def reading(folder: str | Path) -> Iterator[sqlite3.Connection | None]:
    """The history to read, as it is at this moment; None where there is none yet.

    Nothing is made, and nothing changed, but a file of an earlier sesutil is brought to the newest form.
    Raises ProjectError as `writing` does.
    """
    path = history_path(folder)
    if not path.exists():
        yield None
        return
    with _told(), closing(_open_to_read(path)) as connection:
        connection.execute("BEGIN")
        yield connection
        connection.execute("ROLLBACK")


def _open_to_read(path: Path) -> sqlite3.Connection:
    connection = _connect(path, "rw")
    try:
        if _version(connection) < len(MIGRATIONS):
            _migrate(connection)
        return connection
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
    # A folder that cannot be written to has no place for the log, so it can hold no log with news, either.
    connection = _connect(path, "ro", immutable=not path.with_name(path.name + "-wal").exists())
    try:
        if _version(connection) < len(MIGRATIONS):
            raise ProjectError(
                f"{HISTORY_NAME} is of an earlier sesutil and cannot be brought up to date where it is. "
                "Make its folder writable."
            )
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(path: Path, mode: str, *, immutable: bool = False) -> sqlite3.Connection:
    address = f"{path.resolve().as_uri()}?mode={mode}{'&immutable=1' if immutable else ''}"
    # No isolation level: transactions begin and end where this module says so.
    connection = sqlite3.connect(address, uri=True, timeout=_WAIT, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """The mode stays with the file. To change it needs the file for itself; SQLite does not wait for that."""
    until = time.monotonic() + _WAIT
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return  # where there is no log to be had, SQLite keeps the old journal, which is as safe
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _version(connection: sqlite3.Connection) -> int:
    """How many migrations the file has had. Raises ProjectError for another program's, or a later one's."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    application = int(connection.execute("PRAGMA application_id").fetchone()[0])
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application != APPLICATION_ID and (tables or version):
        raise ProjectError(_no_history())
    if version > len(MIGRATIONS):
        raise ProjectError(
            f"{HISTORY_NAME} was written by a later sesutil (its form is {version}, this one knows "
            f"{len(MIGRATIONS)}). Nothing was changed. Update sesutil."
        )
    return version


def _migrate(connection: sqlite3.Connection) -> None:
    if _version(connection) == len(MIGRATIONS):
        return
    with _transaction(connection):
        version = _version(connection)  # once more: somebody else may have been first
        for number, statements in enumerate(MIGRATIONS[version:], version + 1):
            for statement in statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def _told() -> Iterator[None]:
    """SQLite's errors as ours, each with what to do."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise ProjectError(_no_history()) from None
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise ProjectError(
                f"Another program has had {HISTORY_NAME} locked for {_WAIT:.0f} seconds. Close it, then try "
                "again."
            ) from None
        if code == sqlite3.SQLITE_FULL:
            raise ProjectError(f"{HISTORY_NAME} cannot be written: the disk is full. Make room.") from None
        if code in (
            sqlite3.SQLITE_CANTOPEN,
            sqlite3.SQLITE_READONLY,
            sqlite3.SQLITE_PERM,
            sqlite3.SQLITE_IOERR,
        ):
            raise ProjectError(
                f"{HISTORY_NAME} cannot be opened or written: {error}. Make the file and its folder "
                "writable, and see that there is room."
            ) from None
        raise


def _no_history() -> str:
    return (
        f"{HISTORY_NAME} is no history of sesutil, or is damaged. Nothing was changed. Move it elsewhere: "
        "the next run begins a new one."
    )
