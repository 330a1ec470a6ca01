"""What can be wrong with a DKIM record: a CNAME to SES's key, or a TXT with a key of one's own."""

from __future__ import annotations

import base64
import re

from sesutil.dns.names import ascii_name, is_within, parents_of, provider_of
from sesutil.dns.places import Place, ask_all, known_elsewhere, misplaced, of_a_wildcard, sibling_of
from sesutil.dns.verdicts import Look, Mistake, quoted_list, unquoted

__all__ = ["absent_cname", "absent_key", "compare_cname", "compare_key"]


def compare_cname(look: Look, values: tuple[str, ...]) -> Mistake | None:
    """What is wrong with a CNAME that is there; None when it is right."""
    target = look.record.value
    if values == (target,):
        return None
    if len(values) > 1:
        return Mistake(
            "two-cname",
            f"{look.record.name} has {len(values)} CNAME records: {quoted_list(values)}. A name can have "
            "one.",
            f"In {look.place} remove all but the one with the value {look.value}.",
        )
    value = values[0]
    there = f"The CNAME {look.record.name} points to {quoted_list(values)}"
    token, _, signing_zone = target.partition(".")
    first, _, rest = value.partition(".")
    if value.startswith(target + "."):
        return Mistake(
            "zone-appended",
            f"{there}: {value.removeprefix(target + '.')} was added behind the value, because it was taken "
            "for a name within the zone.",
            f"{look.change_to()} If the form adds the domain again, end the value with a dot: `{target}.`",
        )
    if ascii_name(unquoted(value)) == target:
        return Mistake(
            "quoted",
            f"{there}: quotes or blanks are part of it.",
            f"{look.change_to()} Enter it without quotes and without blanks.",
        )
    if first == token and rest.endswith("amazonses.com"):
        return Mistake(
            "signing-zone",
            f"{there}. The token is right, but SES keeps the key of this identity in {signing_zone}, not in "
            f"{rest}.",
            look.change_to(),
        )
    if value.endswith("amazonses.com"):
        if value in (other.value for other in look.siblings):
            return Mistake(
                "token-swapped",
                f"{there}, which is the value of another of the DKIM records: they were mixed up.",
                f"{look.change_to()} Each value begins as its name does.",
            )
        return Mistake(
            "other-token",
            f"{there}: a token of another identity, of this domain in another Region, or of its "
            "earlier keys.",
            look.change_to(),
        )
    if token in value:
        return Mistake("value-changed", f"{there}. It must be exactly `{target}`.", look.change_to())
    return Mistake("wrong-value", f"{there}, not to SES.", look.change_to())


def absent_cname(look: Look) -> Mistake | None:
    """Why a CNAME is not there, if the DNS lets it be seen."""
    name, target = look.record.name, look.record.value
    token = name.partition(".")[0]
    txt, a, aaaa, beside = ask_all(
        look, [(name, "TXT"), (name, "A"), (name, "AAAA"), (sibling_of(name), "A")]
    )
    if txt.status == "found" and any(target in value.lower() for value in txt.values):
        return Mistake(
            "txt-instead",
            f"{name} is a TXT record with the text {quoted_list(txt.values)}. SES looks for a CNAME.",
            f"Remove the TXT record. {look.enter}",
        )
    found = misplaced(look, lambda values: _of_ses(values, token), _elsewhere(look))
    if found is not None:
        return found
    addresses = [*a.values, *aaaa.values]
    if addresses:
        return _addresses_instead(
            look, addresses, wild=beside.status == "found" and beside.values == a.values
        )
    if txt.status == "found" and any("p=" in value for value in txt.values):
        return Mistake(
            "flattened",
            f"{name} answers with the key itself (TXT) and not with a CNAME: the DNS provider resolves "
            "CNAMEs "
            "by itself (CNAME flattening).",
            f"Switch CNAME flattening off for this record, so that the CNAME to `{target}` is answered.",
        )
    if txt.status == "found" and not of_a_wildcard(look, name, txt):
        return Mistake(
            "cname-conflict",
            f"{name} has a TXT record ({quoted_list(txt.values)}): beside other records a CNAME is not "
            "allowed.",
            f"Remove the TXT record. {look.enter}",
        )
    return _of_an_earlier_identity(look)


def compare_key(look: Look, values: tuple[str, ...]) -> Mistake | None:
    """What is wrong with the TXT record of a key of one's own."""
    keys = [value for value in values if _tag(unquoted(value), "p") is not None]
    if len(keys) > 1:
        return Mistake(
            "two-keys",
            f"{look.record.name} has {len(keys)} DKIM keys. With more than one, receivers take any of them.",
            f"In {look.place} remove all but the one that belongs to the private key in SES.",
        )
    if not keys:
        return Mistake(
            "wrong-value",
            f"{look.record.name} has TXT records, but none with a key: {quoted_list(values)}.",
            look.enter,
        )
    if unquoted(keys[0]) != keys[0].strip():
        return Mistake(
            "quoted",
            f"The key at {look.record.name} has quotes in it: {quoted_list(keys)}.",
            f"In {look.place} enter the text of the TXT record `{look.own}` again without quotes.",
        )
    if not _tag(keys[0], "p"):
        return Mistake(
            "key-revoked",
            f"The record {look.record.name} has an empty key (`p=`), which means that the key is withdrawn.",
            look.enter,
        )
    return _malformed(look, keys[0])


def _malformed(look: Look, text: str) -> Mistake | None:
    """What is no public key for RSA: a SubjectPublicKeyInfo in base64 (RFC 6376, 3.6.1, erratum 3017)."""
    if (_tag(text, "k") or "rsa").lower() != "rsa":
        return None
    key, name = _tag(text, "p") or "", look.record.name
    bare = re.sub(r"-----[A-Za-z0-9 ]*-----", "", key)
    der = _decoded(bare)
    if "PRIVATEKEY" in key or _is_private(der):
        return Mistake(
            "wrong-value",
            f"The record {name} has the private key, which is public now: whoever reads it can sign mail as "
            f"{look.record.domain}.",
            f"A private key is public: replace it at once. Make a new pair of keys, give SES the private one "
            f"under a new selector, publish only the public one, and remove this record from {look.place}.",
        )
    if bare != key:
        why = "has the first or the last line of the PEM file in it"
    elif len(der) < 2 or _declared(der) is None:
        why = "is not base64 of a public key"
    elif _declared(der) != len(der):
        why = "is not whole: it was cut, or something was added"
    else:
        return None
    return Mistake(
        "wrong-value",
        f"The key at {name} {why}.",
        f"In {look.place} enter `{look.own}` again: `p=` and the public key in base64, whole, without the "
        "first and the last line of the file. Beyond 255 characters it goes into several strings of the "
        "same record.",
    )


def _decoded(text: str) -> bytes:
    """What base64 holds, of a text that was cut as well; nothing where it is none."""
    whole = text.rstrip("=")
    if not re.fullmatch(r"[A-Za-z0-9+/]+", whole):
        return b""
    whole = whole[:-1] if len(whole) % 4 == 1 else whole
    return base64.b64decode(whole + "=" * (-len(whole) % 4))


def _header(der: bytes) -> tuple[int, int] | None:
    """Bytes of tag and length of a DER sequence, and the length that it declares."""
    if len(der) < 2 or der[0] != 0x30:
        return None
    if der[1] < 0x80:
        return 2, der[1]
    size = der[1] & 0x7F
    return (2 + size, int.from_bytes(der[2 : 2 + size])) if 0 < size <= 4 else None


def _declared(der: bytes) -> int | None:
    header = _header(der)
    return sum(header) if header is not None else None


def _is_private(der: bytes) -> bool:
    """PKCS #1 and PKCS #8 private keys begin with their version, a small integer; public keys do not."""
    header = _header(der)
    return header is not None and der[header[0] : header[0] + 2] == b"\x02\x01"


def absent_key(look: Look) -> Mistake | None:
    return misplaced(look, lambda values: any("p=" in value for value in values), _elsewhere(look))


def _elsewhere(look: Look) -> list[Place]:
    """Names that come of a slip: an underscore too few or too many, a label forgotten."""
    domain = look.record.domain
    token = look.record.name.partition(".")[0]
    slips = [
        f"{token}.domainkey.{domain}",
        # https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html warns of this one
        f"_{token}._domainkey.{domain}",
        f"{token}._domainkeys.{domain}",
    ]
    places = [Place(name, "underscore") for name in slips]
    above = [one for one in parents_of(domain) if "." in one]
    names = [f"{token}.{domain}", f"_domainkey.{domain}", domain]
    names += [f"{token}._domainkey.{one}" for one in above]
    return places + [Place(name, "wrong-name") for name in names]


def _of_ses(values: tuple[str, ...], token: str) -> bool:
    return any(value.startswith(token) or (token in value and "amazonses" in value) for value in values)


def _addresses_instead(look: Look, addresses: list[str], *, wild: bool) -> Mistake:
    name = look.record.name
    shown = f"{name} answers with addresses ({quoted_list(addresses)}) and not with a CNAME"
    if wild:
        return Mistake(
            "wildcard",
            f"{shown}: the record is not there, a wildcard (*.{name.partition('.')[2]} or above) answers "
            "in its "
            "place.",
            f"{look.enter} The wildcard may stay: a record of its own goes before it.",
        )
    if look.zone is not None and provider_of(look.zone.servers) == "Cloudflare":
        return Mistake(
            "proxied",
            f"{shown}: it is proxied by Cloudflare (the orange cloud), so that nobody sees the CNAME.",
            f"In Cloudflare's DNS table switch the proxy of `{look.own}` off, so that the cloud is grey "
            f"(\N{LEFT DOUBLE QUOTATION MARK}DNS only\N{RIGHT DOUBLE QUOTATION MARK}). Name and value stay "
            f"as they are: {look.value}.",
        )
    return Mistake(
        "proxied",
        f"{shown}: it is an A or AAAA record, or the DNS provider puts a proxy before it or resolves it by "
        "itself (ALIAS, CNAME flattening).",
        f"{look.enter} Switch proxy and flattening off for it, and remove the addresses.",
    )


def _of_an_earlier_identity(look: Look) -> Mistake | None:
    """Tokens in the account's own zone that are not this identity's: those are hidden from look-ups."""
    ours = {one.name for one in look.siblings} | {look.record.name}
    old = known_elsewhere(
        look,
        lambda one: (
            one.type == "CNAME"
            and one.name not in ours
            and is_within(one.name, f"_domainkey.{look.record.domain}")
            and one.value.endswith("amazonses.com")
        ),
    )
    if not old:
        return None
    return Mistake(
        "other-token",
        f"{look.record.name} is not there. The zone has other DKIM records of SES, of this domain in another "
        f"Region or account, or of its earlier keys: {quoted_list([one.name for one in old])}.",
        # Which of them are live cannot be seen here; to remove a live one stops mail elsewhere.
        f"{look.enter} Keep the others: they may be in use.",
        "missing",
    )


def _tag(text: str, name: str) -> str | None:
    for part in text.split(";"):
        tag, equals, value = part.partition("=")
        if equals and tag.strip() == name:
            return "".join(value.split())
    return None
