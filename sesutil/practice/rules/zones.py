"""What SES sees of the DNS."""

from __future__ import annotations

from collections.abc import Mapping
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

    def records(self, name: str) -> Mapping[str, list[str]]:
        """The values at a name, by record type. Empty where the name does not exist."""
        return {}

    def soa(self, name: str) -> Soa | None:
        """The SOA record of the zone that the name is in; None outside all zones."""
        return None
