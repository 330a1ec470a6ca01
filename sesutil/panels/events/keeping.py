"""Delivery events that a panel receives, kept in the project's history for its statistics by usage type."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sesutil.account import Account, translated
from sesutil.errors import SesutilError, own_fault
from sesutil.events.model import DeliveryEvent
from sesutil.history.deliveries import keep_events
from sesutil.projects import Project, open_project

__all__ = ["EventKeeper"]


class EventKeeper:
    """Keeps events of one account. What is not to be kept is said, and stops nobody."""

    def __init__(self, account: Account, project: Project) -> None:
        self._account = account
        self._folder: Path = project.folder
        self._account_id: str | None = None

    def keep(self, events: Sequence[DeliveryEvent]) -> SesutilError | None:
        """Writes them into the history, each once; why not, where it cannot be."""
        if not events:
            return None
        try:
            keep_events(
                self._folder,
                self._whose(),
                self._account.region,
                events,
                mode=self._account.mode,
                templates=self._subjects(),
            )
        except SesutilError as error:
            return error
        except Exception as bug:  # nothing that is seen of a mail is lost for the sake of the history
            return own_fault(bug)
        return None

    def _whose(self) -> str | None:
        if self._account_id is None:
            with translated("GetCallerIdentity"):
                self._account_id = self._account.client("sts").get_caller_identity().get("Account")
        return self._account_id

    def _subjects(self) -> list[tuple[str, str]]:
        """By which a mail's usage type is told. Events are kept without it while the project is broken."""
        try:
            project = open_project(self._folder)
            stored = project.stored_templates()
        except SesutilError:
            return []
        return [
            *((one.usage_type, one.subject) for one in project.config.templates),
            *((one.usage_type, one.subject) for one in stored),
        ]
