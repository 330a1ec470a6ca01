"""What SES sees of the DNS."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass

__all__ = ["Soa", "Zones"]


@dataclass(frozen=True)
class Soa:
    """A zone's start-of-authority record, as far as SES shows it."""

    name_server: str
    mailbox: str
    serial: int


class Zones:
    """The DNS as seen by SES; this one is empty. Names are in lower case and have no last dot.

    `error`: why SES sees nothing, in the words of VerificationInfo; None when it can look.
    """

    error: str | None = None

    @classmethod
    def unreachable(cls, error: str) -> Zones:
        """The DNS when the look itself fails."""
        zones = Zones()
        zones.error = error
        return zones

    def without(self, names: Container[str]) -> Zones:
        """The DNS as seen by somebody for whom these names do not exist yet."""
        return _Without(self, names)

    def records(self, name: str) -> Mapping[str, list[str]]:
        """The values at a name, by record type. Empty where the name does not exist."""
        return {}

    def soa(self, name: str) -> Soa | None:
        """The SOA record of the zone that the name is in; None outside all zones."""
        return None


class _Without(Zones):
    def __init__(self, zones: Zones, names: Container[str]) -> None:
        self._zones = zones
        self._names = names

    def records(self, name: str) -> Mapping[str, list[str]]:
        return {} if name in self._names else self._zones.records(name)

    def soa(self, name: str) -> Soa | None:
        return self._zones.soa(name)
