"""The inbox: every message in one append-only file, and what is asked for often in memory.

A line per message, so that a send costs the same however full the inbox is. Bodies stay in the
file: ten thousand mails take about a kilobyte of memory each. A last line that was cut off by a
crash was never answered for, and is dropped. A deleted message leaves what counts for the quota
and the statistics.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO, FileIO
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from sesutil.addresses import bare_address
from sesutil.errors import PracticeError
from sesutil.files import replace_bytes
from sesutil.practice.rules.model import EventKind, Message

__all__ = ["Entry", "Happening", "Mailbox"]


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of a message, as far as counting needs it."""

    at: float
    kind: EventKind
    recipients: int
    simulated: bool
    hard: bool
    """A permanent bounce."""


@dataclass(slots=True)
class Entry:
    """A message in memory: all but its body."""

    id: str
    region: str
    time: float
    kind: str
    source: str
    recipients: tuple[str, ...]
    addresses: tuple[str, ...]
    """The recipients bare and in lower case."""
    subject: str
    code: str | None
    counted: int
    deleted: bool
    happenings: tuple[Happening, ...]
    place: int
    size: int


_SHRUNK = 1000
"""A deleted message whose line is longer was still to meet something when it was deleted."""


class Mailbox:
    """The messages of one account, in the order in which they were accepted.

    With a `path` they are kept there; without one in memory. Locks nothing:
    its World does. Raises PracticeError for a file that cannot be read.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._file: BinaryIO | FileIO | None = None
        self._closed = False
        self._entries: dict[str, Entry] = {}
        self._there = 0
        self.changes = 0
        """Goes up with every message that comes or goes."""
        if path is not None and path.exists():
            self._load(path)

    def __len__(self) -> int:
        return self._there

    def __contains__(self, message_id: str) -> bool:
        entry = self._entries.get(message_id)
        return entry is not None and not entry.deleted

    def append(self, message: Message) -> Entry:
        """On disk when this returns: what was accepted is never lost."""
        line = message.model_dump_json(exclude_defaults=True).encode() + b"\n"
        file = self._open()
        place = file.seek(0, 2)
        try:
            written = 0
            while written < len(line):  # unbuffered: what fails is not written later by chance
                written += file.write(line[written:])
        except OSError:
            file.truncate(place)
            raise
        return self._add(message, place, len(line))

    def all(self) -> Iterator[Entry]:
        """Every entry, deleted ones too, oldest first."""
        return iter(self._entries.values())

    def entries(
        self, *, source: str | None = None, to: str | None = None, text: str | None = None
    ) -> list[Entry]:
        """The messages that are there, oldest first.

        `source` and `to` are addresses, their case ignored; `text` is looked for in sender,
        recipients, subject, code and id.
        """
        found = [entry for entry in self._entries.values() if not entry.deleted]
        if source is not None:
            wanted = _bare(source)
            found = [entry for entry in found if _bare(entry.source) == wanted]
        if to is not None:
            wanted = _bare(to)
            found = [entry for entry in found if wanted in entry.addresses]
        if text:
            wanted = text.casefold()
            found = [entry for entry in found if any(wanted in part for part in _searchable(entry))]
        return found

    def get(self, message_id: str) -> Message | None:
        """The whole message; None where there is none of that id."""
        entry = self._entries.get(message_id)
        return None if entry is None or entry.deleted else self.read(entry)

    def read(self, entry: Entry) -> Message:
        return Message.model_validate_json(self._line(entry))

    def delete(self, ids: Iterable[str], settled_until: float) -> int:
        """Takes messages out of the inbox; how many there were. What is still to happen to them happens."""
        wanted = {message_id for message_id in ids if message_id in self}
        if not wanted:
            return 0
        lines = []
        for entry in self._entries.values():
            line = self._line(entry)
            if entry.id in wanted or (entry.deleted and entry.size > _SHRUNK):
                line = _remains(Message.model_validate_json(line), settled_until)
            lines.append(line)
        self._replace(b"".join(lines))
        place = 0
        for entry, line in zip(self._entries.values(), lines, strict=True):
            entry.place, entry.size = place, len(line)
            place += len(line)
            if entry.id in wanted:
                entry.deleted, entry.source, entry.subject, entry.code = True, "", "", None
                entry.recipients = entry.addresses = ()
        self._there -= len(wanted)
        self.changes += 1
        return len(wanted)

    def close(self) -> None:
        """For good: a call that is still under way can write nothing more."""
        self._let_go()
        self._closed = True

    def _let_go(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    # -- the file ---------------------------------------------------------------------------------

    def _open(self) -> BinaryIO | FileIO:
        if self._closed:
            raise OSError("The practice account has ended.")
        if self._file is None:
            if self._path is None:
                self._file = BytesIO()
            else:
                self._path.touch(mode=0o600)  # there are codes in it
                self._file = self._path.open("a+b", buffering=0)
        return self._file

    def _line(self, entry: Entry) -> bytes:
        file = self._open()
        file.seek(entry.place)
        return file.read(entry.size)

    def _replace(self, data: bytes) -> None:
        if self._path is None:
            file = self._open()
            file.seek(0)
            file.truncate()
            file.write(data)
            file.flush()
        else:
            self._let_go()
            replace_bytes(self._path, data, private=True)

    def _load(self, path: Path) -> None:
        try:
            size = path.stat().st_size
            whole = 0
            with path.open("rb") as file:
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    self._add(Message.model_validate_json(line), whole, len(line))
                    whole += len(line)
            if whole != size:
                with path.open("r+b") as file:
                    file.truncate(whole)
        except ValidationError:
            raise PracticeError(
                f"{path} holds a line that is no message. `sesutil practice --reset` "
                "starts with an empty inbox."
            ) from None
        except OSError as error:
            raise PracticeError(f"{path} cannot be read: {error.strerror}.") from None

    def _add(self, message: Message, place: int, size: int) -> Entry:
        recipients = tuple(message.recipients)
        entry = Entry(
            id=message.id,
            region=message.region,
            time=message.time,
            kind=message.kind,
            source=message.source,
            recipients=recipients,
            addresses=tuple(_bare(text) for text in recipients),
            subject=message.subject,
            code=message.code,
            counted=message.counted,
            deleted=message.deleted,
            happenings=tuple(
                Happening(
                    event.at,
                    event.kind,
                    len(event.recipients),
                    event.simulated,
                    event.detail.get("bounceType") == "Permanent",
                )
                for event in message.events
            ),
            place=place,
            size=size,
        )
        self._entries[message.id] = entry
        self._there += not message.deleted
        self.changes += 1
        return entry


def _remains(message: Message, settled_until: float) -> bytes:
    """What of a deleted message still counts: all of it while something is still to happen to it."""
    if message.events and message.events[-1].at > settled_until:
        return (
            message.model_copy(update={"deleted": True}).model_dump_json(exclude_defaults=True).encode()
            + b"\n"
        )
    events = [
        event.model_copy(
            update={
                "detail": {k: v for k, v in event.detail.items() if k == "bounceType"},
                "recipients": [""] * len(event.recipients),
            }
        )
        for event in message.events
    ]
    bare = Message(
        id=message.id,
        region=message.region,
        time=message.time,
        kind=message.kind,
        source="",
        counted=message.counted,
        events=events,
        deleted=True,
    )
    return bare.model_dump_json(exclude_defaults=True).encode() + b"\n"


def _bare(text: str) -> str:
    return bare_address(text).lower()


def _searchable(entry: Entry) -> Iterator[str]:
    yield from (entry.source.casefold(), entry.subject.casefold(), entry.id, entry.code or "")
    yield from (recipient.casefold() for recipient in entry.recipients)
