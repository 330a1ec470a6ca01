"""The nine fields of the connector, looked at by themselves: no account, no network.

What Logto takes, SES may refuse, and what SES takes, somebody may regret: that is said here, field by
field, in the words of the connector's form. `check_fields` is also the live check below each input.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from email.header import Header
from typing import Any

from sesutil.addresses import AddressProblem, Mailbox, identity_covers, parse_mailbox
from sesutil.checks.findings import CheckFinding, Verdict
from sesutil.errors import InvalidParameters
from sesutil.identities.names import identity_name
from sesutil.permissions.arns import identity_arn_parts
from sesutil.regions import is_ses_region, long_name, nearest_region, partition, ses_regions

__all__ = ["FIELDS", "check_fields", "looks_like_smtp_password"]

FIELDS = (
    "region",
    "accessKeyId",
    "accessKeySecret",
    "emailAddress",
    "emailAddressIdentityArn",
    "feedbackForwardingEmailAddress",
    "feedbackForwardingEmailAddressIdentityArn",
    "configurationSetName",
    "templates",
)
"""Logto's nine, in the order in which a mistake in one explains another."""

_DOCS = "https://docs.aws.amazon.com/ses/latest/dg/"
_SMTP = _DOCS + "smtp-credentials.html"
_KEYS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html"
_SET_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")
_KEY_ID = re.compile(r"AKIA[A-Z0-9]+", re.ASCII)
_EXAMPLE_ADDRESS = re.compile(
    r"\byour[-_.]?(e-?mail|domain|name|company|app)|@(your|my)[-_.]?(domain|company|site|app)", re.IGNORECASE
)
_PLACEHOLDER = re.compile(r"<[^@<>]*>|your|xxx|\.\.\.|\N{HORIZONTAL ELLIPSIS}|\*\*\*", re.IGNORECASE)


def check_fields(document: Mapping[str, Any]) -> dict[str, list[CheckFinding]]:
    """What is wrong with each field of a connector config in Logto's shape; empty lists where nothing is.

    Types are Logto's business (`load_config` says them); a value that is no text is passed over here.
    No finding holds the secret or a part of it.
    """
    found: dict[str, list[CheckFinding]] = {name: [] for name in FIELDS}
    for name, check in _CHECKS.items():
        value = document.get(name)
        if value is None or isinstance(value, str):
            for rank, one in enumerate(check(value, document)):
                found[name].append(_ranked(one, FIELDS.index(name) * 10 + rank))
    return found


def looks_like_smtp_password(secret: str) -> bool:
    """Whether this is an SMTP password of SES instead of a secret access key.

    It is base64 of a version byte and the 32 bytes of an HMAC: 44 characters, where a secret access key
    has 40. https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html
    """
    return re.fullmatch(r"[A-Za-z0-9+/]{43}[A-Za-z0-9+/=]", secret.strip(), re.ASCII) is not None


def _ranked(finding: CheckFinding, rank: int) -> CheckFinding:
    return CheckFinding(**{**finding.__dict__, "rank": rank})


def _finding(
    id: str,
    verdict: Verdict,
    sentence: str,
    next_step: str,
    *,
    evidence: str = "",
    documentation: str | None = None,
) -> CheckFinding:
    return CheckFinding(f"connector.{id}", "connector", verdict, sentence, evidence, next_step, documentation)


def _blanks(text: str) -> str | None:
    """What stands around or in a text that should be one word."""
    if text != text.strip():
        return "blanks or a line end around it"
    if re.search(r"\s", text):
        return "a blank or a line end in it"
    if invisible := _INVISIBLE.search(text):
        return f"an invisible character (U+{ord(invisible[0]):04X}) in it"
    if re.fullmatch(r"""(["'`\u201c\u201d]).*(["'`\u201c\u201d])""", text):
        return "quotation marks around it"
    return None


# -- region -----------------------------------------------------------------------------------------


def _check_region(value: str | None, document: Mapping[str, Any]) -> Iterator[CheckFinding]:
    if not value:
        yield _finding(
            "region-missing", "blocked", "The region is empty.",
            "Fill in the Region that the identity was made in, such as eu-central-1.",
        )  # fmt: skip
        return
    if is_ses_region(value):
        return
    near = _region_meant(value)
    if what := _blanks(value) if _region_in(value) else None:
        yield _finding(
            "region-blanks", "blocked", f"The region has {what}.",
            f"Write {near or 'the Region alone, such as eu-central-1'}.", evidence=repr(value),
        )  # fmt: skip
        return
    meant = f"Do you mean {near}? Write it so." if near else "Write one such as eu-central-1."
    yield _finding(
        "region-unknown", "blocked", f"SES is in no Region called {value!r}.", meant,
        evidence=f"region is {value!r}", documentation="https://docs.aws.amazon.com/general/latest/gr/ses.html",
    )  # fmt: skip


def _region_in(text: str) -> str | None:
    """The Region whose code stands in a text, alone or in a host name."""
    found = [one for one in ses_regions() if re.search(rf"(?<![\w-]){one}(?![\w-])", text, re.IGNORECASE)]
    return max(found, key=len, default=None)


def _region_meant(text: str) -> str | None:
    """By its code, its long name as the console has it, or the nearest spelling."""
    if (code := _region_in(text)) is not None:
        return code
    wanted = text.strip().lower()
    for one in ses_regions():
        place = re.search(r"\((.+)\)", long_name(one))
        if wanted and wanted in (long_name(one).lower(), place[1].lower() if place else ""):
            return one
    return nearest_region(text)


# -- access key -------------------------------------------------------------------------------------


def _check_key_id(value: str | None, document: Mapping[str, Any]) -> Iterator[CheckFinding]:
    if value is None:
        if document.get("accessKeySecret") is not None:
            yield _finding(
                "key-id-missing", "blocked", "There is a secret, and no access key id to it.",
                "Fill in accessKeyId, or take the secret out as well and use an AWS profile.",
            )  # fmt: skip
        return
    if what := _blanks(value) if value else "nothing in it":
        yield _finding(
            "key-id-blanks", "blocked", f"accessKeyId has {what}.",
            "Copy the id again: AKIA and 16 more letters and digits, nothing around it.",
        )  # fmt: skip
        return
    if value.startswith("ASIA"):
        yield _finding(
            "key-temporary", "blocked",
            "The access key is a temporary one (ASIA…): it needs a session token, which the connector has no field for.",
            "Create an access key for an IAM user that may only send, and fill in that one.", documentation=_KEYS,
        )  # fmt: skip
    elif value.startswith(("AROA", "AIDA", "AGPA", "ANPA", "arn:")):
        yield _finding(
            "key-id-form", "blocked", "accessKeyId holds the id of a user, role or policy, not that of an access key.",
            "Take the access key id: it begins with AKIA.", documentation=_KEYS,
        )  # fmt: skip
    elif len(value) == 40:
        yield _finding(
            "key-id-swapped", "blocked", "accessKeyId has 40 characters, as a secret has: the two may be swapped.",
            "Put the id, which begins with AKIA, here and the secret into accessKeySecret.", documentation=_KEYS,
        )  # fmt: skip
    elif _PLACEHOLDER.search(value):
        yield _finding(
            "key-id-placeholder", "blocked", "accessKeyId holds a placeholder, not a key's id.",
            "Fill in the id of the sending user's access key; it begins with AKIA.", documentation=_KEYS,
        )  # fmt: skip
    elif not _KEY_ID.fullmatch(value):
        yield _finding(
            "key-id-form",
            "blocked",
            "accessKeyId is no id of an access key: those are AKIA and capital letters and digits after it.",
            "Copy the id again; it has 20 characters as a rule.",
            documentation=_KEYS,
        )
    elif len(value) != 20:
        yield _finding(
            "key-id-length",
            "note",
            f"accessKeyId has {len(value)} characters; ids of access keys have 20.",
            "Compare it with the id in IAM.",
            documentation=_KEYS,
        )


def _check_secret(value: str | None, document: Mapping[str, Any]) -> Iterator[CheckFinding]:
    if value is None:
        return
    if what := _blanks(value) if value else "nothing in it":
        yield _finding(
            "secret-blanks", "blocked", f"accessKeySecret has {what}.",
            "Copy the secret again: 40 characters, nothing around it.", documentation=_KEYS,
        )  # fmt: skip
    elif looks_like_smtp_password(value):
        yield _finding(
            "secret-smtp", "blocked",
            "accessKeySecret is an SMTP password of SES, which is made from a secret access key and is none.",
            "Create an access key for the sending user in IAM and fill in both of its parts.",
            evidence="44 characters in the form of an SMTP password; a secret access key has 40",
            documentation=_SMTP,
        )  # fmt: skip
    elif value.startswith("AKIA") and len(value) == 20:
        yield _finding(
            "secret-swapped", "blocked", "accessKeySecret holds an access key id.",
            "Put the id into accessKeyId and the secret, 40 characters, here.", documentation=_KEYS,
        )  # fmt: skip
    elif _PLACEHOLDER.search(value) and len(value) != 40:
        yield _finding(
            "secret-placeholder", "blocked", "accessKeySecret holds a placeholder, not a secret.",
            "Fill in the secret of the sending user's access key.", documentation=_KEYS,
        )  # fmt: skip
    elif len(value) != 40:
        yield _finding(
            "secret-form", "note", f"accessKeySecret has {len(value)} characters; secrets of access keys have 40.",
            "Copy it again when AWS refuses the signature.", documentation=_KEYS,
        )  # fmt: skip


# -- addresses --------------------------------------------------------------------------------------

_FORMS = "noreply@example.com, <noreply@example.com> or Name <noreply@example.com>"


def _check_sender(value: str | None, document: Mapping[str, Any]) -> Iterator[CheckFinding]:
    if value is None or not value.strip():
        empty = "is empty" if value is not None else "is left out"
        yield _finding(
            "sender-missing", "blocked", f"emailAddress {empty}: Logto takes it so, and SES refuses every mail.",
            f"Fill in the address that the mails come from: {_FORMS}.", documentation=_DOCS + "verify-addresses-and-domains.html",
        )  # fmt: skip
        return
    yield from _address_findings("sender", "emailAddress", value)


def _address_findings(id: str, field: str, value: str) -> Iterator[CheckFinding]:
    if invisible := _INVISIBLE.search(value):
        yield _finding(
            f"{id}-invisible", "blocked",
            f"{field} has an invisible character in it (U+{ord(invisible[0]):04X}), perhaps from copying.",
            f"Type it by hand: {_INVISIBLE.sub('', value).strip()}.", evidence=ascii(value),
        )  # fmt: skip
        return
    if "\N{FULLWIDTH COMMERCIAL AT}" in value or "\N{SMALL COMMERCIAL AT}" in value:
        written = value.replace("\N{FULLWIDTH COMMERCIAL AT}", "@").replace("\N{SMALL COMMERCIAL AT}", "@")
        yield _finding(
            f"{id}-address", "blocked", f"The @ in {field} is another sign that looks like it.",
            f"Write {written.strip()}.", evidence=ascii(value),
        )  # fmt: skip
        return
    if _EXAMPLE_ADDRESS.search(value):
        yield _finding(
            f"{id}-placeholder", "blocked", f"{field} holds a placeholder.",
            f"Fill in the address that the mails come from: {_FORMS}.", evidence=value,
        )  # fmt: skip
        return
    try:
        mailbox = parse_mailbox(value)
    except AddressProblem as problem:
        yield _address_problem(id, field, value, str(problem))
        return
    if "." not in mailbox.domain:
        yield _finding(
            f"{id}-address", "blocked", f"The domain of {field} has no dot in it: {mailbox.domain!r}.",
            f"Give the whole address: {_FORMS}.",
        )  # fmt: skip
    if "\\" in mailbox.display_name:
        yield _finding(
            f"{id}-backslash", "look", f"The name in {field} ends with a backslash, which readers will see.",
            f"Write {mailbox.display_name.replace(chr(92), '').strip()} <{mailbox.address}>: the backslash in Logto's "
            "guide belongs to its markup.", evidence=value,
        )  # fmt: skip
    elif not mailbox.display_name.isascii():
        encoded = Header(mailbox.display_name, "utf-8").encode()
        yield _finding(
            f"{id}-encoding", "look",
            f"The name in {field} has other letters than ASCII; AWS asks for it to be encoded.",
            f"Write {encoded} <{mailbox.address}>: readers see {mailbox.display_name}.", evidence=value,
            documentation="https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html",
        )  # fmt: skip
    if value != value.strip():
        yield _finding(
            f"{id}-blanks", "note", f"{field} has blanks around it.", f"Write {value.strip()}.", evidence=repr(value)
        )  # fmt: skip


def _address_problem(id: str, field: str, value: str, problem: str) -> CheckFinding:
    name, _, rest = value.rpartition("<")
    if "," in name and not name.strip().startswith('"'):
        quoted = name.strip().replace('"', "")
        step = f'Put the name into quotes: "{quoted}" <{rest.rstrip("> ")}>.'
        sentence = f"The name in {field} has a comma outside quotes: SES reads two addresses."
        return _finding(f"{id}-quotes", "blocked", sentence, step, evidence=f"SES answers: {problem}")
    address = rest.rstrip("> ") if name or value.startswith("<") else value
    local, _, domain = address.strip().rpartition("@")
    if domain and not domain.isascii():
        try:
            ascii_domain = identity_name(domain).name
        except InvalidParameters:
            ascii_domain = "(the form of the domain that begins with xn--, as your registrar shows it)"
        return _finding(
            f"{id}-idn", "blocked", f"The domain of {field} has letters that SES takes in punycode only.",
            f"Write {local}@{ascii_domain}.", evidence=f"SES answers: {problem}",
        )  # fmt: skip
    return _finding(
        f"{id}-address", "blocked", f"SES does not take {field} for an address: {problem}.",
        f"Write it as {_FORMS}; the part before the @ is ASCII.", evidence=value,
    )  # fmt: skip


def _check_feedback(value: str | None, document: Mapping[str, Any]) -> Iterator[CheckFinding]:
    if value is None:
        return
    if not value.strip():
        yield _finding(
            "feedback-empty", "note", "feedbackForwardingEmailAddress is empty.",
            "Leave it out: then bounces are mailed to emailAddress.",
        )  # fmt: skip
        return
    yield from _address_findings("feedback", "feedbackForwardingEmailAddress", value)


# -- ARNs and configuration set -----------------------------------------------------------------------


def _check_arn(field: str, id: str, address_field: str, value: str | None, document: Mapping[str, Any]) -> Iterator[CheckFinding]:  # fmt: skip
    if value is None:
        return
    if not value.strip():
        yield _finding(
            f"{id}-empty", "blocked", f"{field} is empty, and SES takes that for an ARN: Invalid ARN <>.",
            "Leave the field out: within one account no ARN is needed.",
        )  # fmt: skip
        return
    match = identity_arn_parts(value)
    if match is None:
        yield _finding(
            f"{id}-form", "blocked", f"{field} is no ARN of an identity.",
            "Copy it from the identity's page (arn:aws:ses:eu-central-1:<account>:identity/example.com), or leave it out.",
            evidence=value, documentation=_DOCS + "sending-authorization-overview.html",
        )  # fmt: skip
        return
    region = document.get("region")
    if isinstance(region, str) and is_ses_region(region):
        if match["region"] != region:
            yield _finding(
                f"{id}-region", "blocked", f"{field} is of the Region {match['region']}; the connector sends in {region}.",
                f"Take the ARN of the identity in {region}, or leave the field out.", evidence=value,
            )  # fmt: skip
        elif match["partition"] != partition(region):
            yield _finding(
                f"{id}-partition", "blocked",
                f"{field} is of the partition {match['partition']}; {region} is in {partition(region)}.",
                f"Begin it with arn:{partition(region)}:ses.", evidence=value,
            )  # fmt: skip
    mailbox = _mailbox(document.get(address_field)) or _mailbox(document.get("emailAddress"))
    if mailbox is not None and not identity_covers(match["name"], mailbox):
        yield _finding(
            f"{id}-other-identity", "blocked",
            f"{field} names the identity {match['name']}, which does not cover {mailbox.address}.",
            "Take the ARN of the identity that covers the address, or leave the field out.", evidence=value,
        )  # fmt: skip


def _mailbox(value: object) -> Mailbox | None:
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        return parse_mailbox(value)
    except AddressProblem:
        return None


def _check_sender_arn(value: str | None, document: Mapping[str, Any]) -> Iterator[CheckFinding]:
    yield from _check_arn("emailAddressIdentityArn", "sender-arn", "emailAddress", value, document)


def _check_feedback_arn(value: str | None, document: Mapping[str, Any]) -> Iterator[CheckFinding]:
    yield from _check_arn(
        "feedbackForwardingEmailAddressIdentityArn",
        "feedback-arn",
        "feedbackForwardingEmailAddress",
        value,
        document,
    )


def _check_set_name(value: str | None, document: Mapping[str, Any]) -> Iterator[CheckFinding]:
    if value is None:
        return
    if not value:
        yield _finding(
            "set-empty", "look", "configurationSetName is empty.", "Leave it out, or fill in the name of a set.",
        )  # fmt: skip
    elif what := _blanks(value):
        yield _finding(
            "set-form", "blocked", f"configurationSetName has {what}.", "Write the name alone, as in SES.",
            evidence=ascii(value), documentation=_DOCS + "creating-configuration-sets.html",
        )  # fmt: skip
    elif not _SET_NAME.fullmatch(value):
        hint = (
            "Take the name alone, not the ARN." if value.startswith("arn:") else "Write the name as in SES."
        )
        yield _finding(
            "set-form", "blocked",
            "configurationSetName has characters that no configuration set's name has (letters, digits, _ and -, at most 64).",
            hint, evidence=repr(value), documentation=_DOCS + "creating-configuration-sets.html",
        )  # fmt: skip


_CHECKS = {
    "region": _check_region,
    "accessKeyId": _check_key_id,
    "accessKeySecret": _check_secret,
    "emailAddress": _check_sender,
    "emailAddressIdentityArn": _check_sender_arn,
    "feedbackForwardingEmailAddress": _check_feedback,
    "feedbackForwardingEmailAddressIdentityArn": _check_feedback_arn,
    "configurationSetName": _check_set_name,
}
