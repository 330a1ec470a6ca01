"""What survives a restart: `state.json`, readable, and `messages.jsonl`, the inbox.

The state is replaced whole, so that it is never half of one.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from sesutil.errors import PracticeError
from sesutil.files import replace_file
from sesutil.practice.cloud.state import CloudState
from sesutil.practice.rules.mailbox import Mailbox
from sesutil.practice.rules.model import Fault, ForeignIdentity, LateEvent, RegionState

__all__ = ["State", "Store"]


class State(BaseModel):
    """The state file."""

    version: int = 3
    """1: before IAM counted, its user had no policy and needed none. 2: before queues' policies counted."""
    preset: str
    account_id: str
    region: str
    access_key_id: str
    secret_access_key: str = Field(repr=False)
    port: int = 0
    dns_port: int = 0
    clock_offset: float = 0.0
    settled_until: float = 0.0
    """Up to here the events of the messages have had their effects."""
    throttle_reads: bool = False
    """Whether calls that send nothing are held to one a second, as AWS does."""
    bin_offset: int = Field(default=13, ge=0, le=14)
    """The minute at which the quarters of an hour of the statistics begin: an account's own."""
    regions: list[RegionState] = Field(default_factory=list)
    foreign_identities: list[ForeignIdentity] = Field(default_factory=list)
    faults: list[Fault] = Field(default_factory=list)
    late_events: list[LateEvent] = Field(default_factory=list)
    cloud: CloudState = Field(default_factory=CloudState)


class Store:
    """The two files in a folder. Raises PracticeError when they cannot be read or written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._state_path = folder / "state.json"
        self._messages_path = folder / "messages.jsonl"

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

    def mailbox(self) -> Mailbox:
        self.folder.mkdir(parents=True, exist_ok=True)
        return Mailbox(self._messages_path)

    def clear(self) -> None:
        self._state_path.unlink(missing_ok=True)
        self._messages_path.unlink(missing_ok=True)
