"""What survives a restart: `state.json`, readable, and `messages.jsonl`, a line per message.

The state is replaced whole; messages are appended, so that a send costs the same however full the
inbox is. A last line that was cut off by a crash was never answered for, and is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel, Field, ValidationError

from sesutil.errors import PracticeError
from sesutil.files import replace_file
from sesutil.practice.cloud import CloudState
from sesutil.practice.model import Message, RegionState

__all__ = ["State", "Store"]


class State(BaseModel):
    """The state file."""

    version: int = 1
    preset: str
    account_id: str
    region: str
    access_key_id: str
    secret_access_key: str
    port: int = 0
    clock_offset: float = 0.0
    regions: list[RegionState] = Field(default_factory=list)
    cloud: CloudState = Field(default_factory=CloudState)


class Store:
    """The two files in a folder. Raises PracticeError when they cannot be read or written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._state_path = folder / "state.json"
        self._messages_path = folder / "messages.jsonl"
        self._messages: BinaryIO | None = None

    def load_state(self) -> State | None:
        """None when there is none yet."""
        try:
            return State.model_validate_json(self._state_path.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError as error:
            raise PracticeError(
                f"{self._state_path} is not a state that this version of sesutil can read "
                f"(number of faults: {error.error_count()}). `sesutil practice --reset` starts a new account."
            ) from None
        except OSError as error:
            raise PracticeError(f"{self._state_path} cannot be read: {error.strerror}.") from None

    def save_state(self, state: State) -> None:
        replace_file(self._state_path, state.model_dump_json(indent=2) + "\n", private=True)

    def load_messages(self) -> Iterable[Message]:
        try:
            data = self._messages_path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise PracticeError(f"{self._messages_path} cannot be read: {error.strerror}.") from None
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) != len(data):
            with self._messages_path.open("r+b") as file:
                file.truncate(len(whole))
        try:
            return [Message.model_validate_json(line) for line in whole.splitlines()]
        except ValidationError:
            raise PracticeError(
                f"{self._messages_path} holds a line that is no message. `sesutil practice --reset` "
                "starts with an empty inbox."
            ) from None

    def append_message(self, message: Message) -> None:
        if self._messages is None:
            self._messages = self._messages_path.open("ab")
        self._messages.write(message.model_dump_json().encode() + b"\n")
        self._messages.flush()

    def clear(self) -> None:
        self._state_path.unlink(missing_ok=True)
        self._messages_path.unlink(missing_ok=True)

    def close(self) -> None:
        if self._messages is not None:
            self._messages.close()
            self._messages = None
