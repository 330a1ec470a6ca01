"""The DNS records that an identity of SES needs, and how they are handed on: as table, file or batch."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sesutil.dns.names import ascii_name, is_within, relative_name

if TYPE_CHECKING:
    import pandas as pd

    from sesutil.identities import IdentityState

__all__ = [
    "DMARC_VALUE",
    "KEY_OF_YOUR_OWN",
    "RECORD_COLUMNS",
    "SPF_VALUE",
    "TTL",
    "DnsRecord",
    "Purpose",
    "RecordType",
    "as_change_batch",
    "as_csv",
    "as_zone_file",
    "expected_records",
    "feedback_host",
    "records_frame",
    "route53_value",
]

RecordType = Literal["CNAME", "MX", "TXT"]
Purpose = Literal["dkim", "mail-from", "spf", "dmarc"]

RECORD_COLUMNS = {"purpose": "str", "type": "str", "name": "str", "value": "str"}

TTL = 300
"""Seconds. Short, so that a mistake does not stay in caches for long."""

SPF_VALUE = "v=spf1 include:amazonses.com ~all"
DMARC_VALUE = "v=DMARC1; p=none;"

KEY_OF_YOUR_OWN = "p="
"""The value of the record for a DKIM key of one's own: SES's API does not tell the key."""

_DEFAULT_SIGNING_ZONE = "dkim.amazonses.com"  # documented; used only where the API gives none
_CHUNK = 255  # bytes of one string in a TXT record (RFC 1035, 3.3)


@dataclass(frozen=True)
class DnsRecord:
    """A record that should be there.

    `name` is absolute, in ASCII and lower case, without a last dot. `value` is the target of a CNAME,
    `10 host` of an MX, the text of a TXT without quotes.
    """

    name: str
    type: RecordType
    value: str
    purpose: Purpose

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", ascii_name(self.name))
        if self.type == "CNAME":
            object.__setattr__(self, "value", ascii_name(self.value))
        elif self.type == "MX":
            priority, _, host = self.value.strip().partition(" ")
            object.__setattr__(self, "value", f"{priority} {ascii_name(host)}")

    @property
    def domain(self) -> str:
        """The domain that the record speaks for: without `<token>._domainkey.` or `_dmarc.`."""
        if self.purpose == "dkim" and "._domainkey." in self.name:
            return self.name.partition("._domainkey.")[2]
        if self.purpose == "dmarc":
            return self.name.removeprefix("_dmarc.")
        return self.name

    @property
    def complete(self) -> bool:
        """Whether the value can be published as it stands."""
        return not (self.type == "TXT" and self.value == KEY_OF_YOUR_OWN)


def feedback_host(region: str) -> str:
    """Where the MX of a MAIL FROM domain points "
    "(https://docs.aws.amazon.com/ses/latest/dg/mail-from.html)."""
    return f"feedback-smtp.{region}.amazonses.com"


def expected_records(identity: IdentityState) -> list[DnsRecord]:
    """What an identity needs in the DNS: DKIM, then MX and SPF of its MAIL FROM domain, then DMARC.

    A domain with keys of SES has three CNAMEs, whose targets lie in the zone that the API names
    (`SigningHostedZone`: it depends on Region and cell); one with a key of its own one TXT, whose value
    is KEY_OF_YOUR_OWN: only its beginning is known. An address has none of these, and DMARC only where
    it has a MAIL FROM domain: else the domain need not be yours.
    https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html
    """
    domain = ascii_name(identity.domain)
    records: list[DnsRecord] = []
    if identity.kind == "DOMAIN":
        zone = identity.dkim.hosted_zone or _DEFAULT_SIGNING_ZONE
        for token in identity.dkim.tokens:
            name = f"{token}._domainkey.{domain}"
            if identity.dkim.origin == "EXTERNAL":
                records.append(DnsRecord(name, "TXT", KEY_OF_YOUR_OWN, "dkim"))
            else:
                records.append(DnsRecord(name, "CNAME", f"{token}.{zone}", "dkim"))
    mail_from = identity.mail_from
    if mail_from is not None and mail_from.domain:
        host = feedback_host(identity.region)
        records.append(DnsRecord(mail_from.domain, "MX", f"10 {host}", "mail-from"))
        records.append(DnsRecord(mail_from.domain, "TXT", SPF_VALUE, "spf"))
    if identity.kind == "DOMAIN" or mail_from is not None:
        records.append(DnsRecord(f"_dmarc.{domain}", "TXT", DMARC_VALUE, "dmarc"))
    return records


def records_frame(records: Sequence[DnsRecord]) -> pd.DataFrame:
    """The records as a frame with the columns of RECORD_COLUMNS (all text), in the order given."""
    import pandas as pd

    rows = [(one.purpose, one.type, one.name, _shown(one)) for one in records]
    return pd.DataFrame(rows, columns=list(RECORD_COLUMNS)).astype(RECORD_COLUMNS)


def as_csv(records: Sequence[DnsRecord]) -> str:
    """The records as CSV (RFC 4180) with the columns of RECORD_COLUMNS. Values are without DNS quotes."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(RECORD_COLUMNS)
    writer.writerows((one.purpose, one.type, one.name, _shown(one)) for one in records)
    return text.getvalue()


def as_zone_file(records: Sequence[DnsRecord], zone: str) -> str:
    """The records as lines of a zone file for BIND and for forms that import one.

    Names are relative to the zone, targets absolute with a last dot. A record of another zone, or one
    whose value is not known whole, is a comment.
    """
    zone = ascii_name(zone)
    lines = [f"$ORIGIN {zone}."]
    for record in records:
        data = {
            "CNAME": f"{record.value}.",
            "MX": f"{record.value}.",
            "TXT": _strings(record.value, _decimal),
        }[record.type]
        line = f"{relative_name(record.name, zone)} {TTL} IN {record.type} {data}"
        if not is_within(record.name, zone):
            line = f"; not in this zone: {record.name}. {TTL} IN {record.type} {data}"
        elif not record.complete:
            line = f"; {line}, followed by the public key of your own"
        lines.append(line)
    return "\n".join(lines) + "\n"


def as_change_batch(records: Sequence[DnsRecord]) -> dict[str, Any]:
    """The records as a ChangeBatch of Route 53's ChangeResourceRecordSets, which creates and nothing else.

    Records of one name and type are one set there. A record whose value is not known whole is left out.
    Route 53 refuses the whole batch when one of the sets exists.
    """
    sets: dict[tuple[str, str], list[str]] = {}
    for record in records:
        if record.complete:
            values = sets.setdefault((record.name, record.type), [])
            value = route53_value(record)
            if value not in values:
                values.append(value)
    return {
        "Changes": [
            {
                "Action": "CREATE",
                "ResourceRecordSet": {
                    "Name": f"{name}.",
                    "Type": kind,
                    "TTL": TTL,
                    "ResourceRecords": [{"Value": value} for value in values],
                },
            }
            for (name, kind), values in sets.items()
        ]
    }


def route53_value(record: DnsRecord) -> str:
    """The value as Route 53 wants it: TXT in quotes, in strings of at most 255 bytes."""
    return _strings(record.value, _octal) if record.type == "TXT" else record.value


def _shown(record: DnsRecord) -> str:
    return record.value if record.complete else f"{record.value}<the public key of your own>"


def _strings(text: str, escape: Any) -> str:
    """A TXT value in quotes, cut into strings of at most 255 bytes."""
    data = text.encode("utf-8")
    chunks = [data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK)] or [b""]
    return " ".join('"' + "".join(escape(byte) for byte in chunk) + '"' for chunk in chunks)


def _decimal(byte: int) -> str:
    """A byte as master files write it (RFC 1035, 5.1)."""
    return _plain(byte) or f"\\{byte:03d}"


def _octal(byte: int) -> str:
    """A byte as Route 53 writes it (its developer guide, "TXT record type": three digits, octal)."""
    return _plain(byte) or f"\\{byte:03o}"


def _plain(byte: int) -> str:
    if byte in b'"\\':
        return "\\" + chr(byte)
    return chr(byte) if 32 <= byte < 127 else ""
