"""The request drafted from facts: what a reviewer asks, in the order in which they ask it.

AWS's mails to applicants ask how often mail is sent, how recipient lists are maintained, how bounces,
complaints and unsubscribe requests are managed, and for examples of the mail. Nothing is claimed here
that is not so: what is not known of the account is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sesutil.addresses import AddressProblem, parse_mailbox
from sesutil.config import ConnectorConfig, EmailTemplate
from sesutil.plaintext import html_to_text
from sesutil.production.request import LONGEST_TEXT, Problem, ProductionRequest, host_of, request_problems
from sesutil.production.state import ProductionState

__all__ = ["draft_request"]

# What a first approval usually brings, as people report it: recipients in 24 hours, and per second.
_USUAL_DAY, _USUAL_SECOND = 50_000, 14
_LONGEST_SIGN_UP = 1000
_LONGEST_EXAMPLE = 1500
_LONGEST_SUBJECT = 150
_MOST_LANGUAGES = 40

_KINDS = {
    "SignIn": "a code to sign in",
    "Register": "a code that confirms the address while somebody creates an account",
    "ForgotPassword": "a code to set a new password",
    "Generic": "a code for any other confirmation that the user has started",
    "UserPermissionValidation": "a code before a user changes security settings of their account",
    "BindNewIdentifier": "a code that confirms a new address that a user adds to their account",
    "MfaVerification": "a code as the second step of signing in",
    "BindMfa": "a code when a user sets up e-mail as the second step of signing in",
    "OrganizationInvitation": "an invitation to an organization, when one of its members invites one person",
}
"""Logto's usage types. All but the last are asked for by their recipient."""

_INVITATION = "OrganizationInvitation"


def draft_request(
    config: ConnectorConfig,
    *,
    website_url: str = "",
    contact_language: str = "EN",
    contacts: Sequence[str] = (),
    mails_per_day: int | None = None,
    peak_per_second: float | None = None,
    sign_up: str = "",
    captcha: bool = False,
    languages: Sequence[str] = (),
    state: ProductionState | None = None,
    use_case_description: str | None = None,
) -> ProductionRequest:
    """The whole input of PutAccountDetails for verification mail, drafted from facts. Asks nobody.

    mails_per_day, peak_per_second
        What is expected: recipients on a usual day, and in the busiest second.
    sign_up
        In the user's words: what the service is, and how people come to ask for a code.
    captcha
        Whether the sign-in form has one. It is said only then.
    languages
        Tags of the languages that the mails are written in.
    state
        From `read_production`: what is said of authentication and of bounces. Without it nothing is.
    use_case_description
        A text that a person has edited, in place of the drafted one.

    `problems` of the request names what is missing or wrong: website_url, contacts, contact_language,
    mails_per_day, peak_per_second, sign_up, use_case_description.
    """
    website_url = website_url.strip()
    sign_up = _one_line(sign_up)
    contacts = tuple(one.strip() for one in contacts)
    example = _example(config)
    text = use_case_description
    if text is None:
        sections = [
            _what(config, website_url, languages),
            _how_often(mails_per_day, peak_per_second),
            _recipients(config, sign_up[:_LONGEST_SIGN_UP], captcha),
            _feedback(config, state),
            _authentication(config, state),
        ]
        # What is too long for the request has room in the support case.
        endings = [_examples(config, example), _examples(config, ""), ("", "")]
        texts = [_joined([*sections, ending]) for ending in endings]
        text = next((one for one in texts if len(one) <= LONGEST_TEXT), texts[-1])
    request = ProductionRequest(
        website_url=website_url,
        use_case_description=text,
        contacts=contacts,
        contact_language=contact_language,
        examples=example,
    )
    found = [
        *request_problems(website_url, contacts, contact_language, text),
        *_volume_problems(mails_per_day, peak_per_second),
        *_sign_up_problems(sign_up),
    ]
    return replace(request, problems=tuple(found))


def _volume_problems(per_day: int | None, per_second: float | None) -> Iterator[Problem]:
    if per_day is None:
        yield Problem("mails_per_day", "Say how many mails you expect on a usual day. An estimate is enough.")
    elif per_day < 1:
        yield Problem("mails_per_day", "Give a whole number above zero, such as 500.")
    if per_second is not None and per_second <= 0:
        yield Problem("peak_per_second", "Give a number above zero, such as 2, or leave it out.")
    elif per_second is not None and per_day is not None and per_day > per_second * 86_400:
        yield Problem(
            "peak_per_second",
            f"At {per_second:g} a second no more than {int(per_second * 86_400):,} mails fit into a day: one "
            "of the two is wrong.",
        )


def _sign_up_problems(sign_up: str) -> Iterator[Problem]:
    if not sign_up:
        yield Problem(
            "sign_up", "Say in a sentence what the service is, and how people come to ask for a code."
        )
    elif len(sign_up) > _LONGEST_SIGN_UP:
        yield Problem("sign_up", f"Say it in {_LONGEST_SIGN_UP} characters; these are {len(sign_up)}.")


# -- the text ---------------------------------------------------------------------------------------


def _joined(sections: Sequence[tuple[str, str]]) -> str:
    return "\n\n".join(f"{title}\n{body}" for title, body in sections if body)


def _what(config: ConnectorConfig, website_url: str, languages: Sequence[str]) -> tuple[str, str]:
    kinds = [one for one in config.usage_types() if one in _KINDS]
    host = host_of(website_url)
    place = f"our website https://{host}" if host else "our website"
    lines = [
        f"Transactional mail only, for signing in to {place}. It is sent by Logto, our sign-in service, one "
        "recipient per mail, each mail because of one action. There is no marketing, no newsletter, and no "
        "list of recipients.",
        "The kinds of mail:",
        *(f"- {_KINDS[kind]}" for kind in kinds),
    ]
    if tags := [_one_line(one) for one in languages if one.strip()]:
        lines.append(f"Languages of the mails: {', '.join(list(dict.fromkeys(tags))[:_MOST_LANGUAGES])}.")
    return "What we send", "\n".join(lines)


def _how_often(per_day: int | None, per_second: float | None) -> tuple[str, str]:
    said = [
        "Only when somebody asks for a mail: nothing is sent by a schedule, and nothing in bulk.",
    ]
    if per_day is not None and per_day > 0:
        said.append(f"We expect about {per_day:,} mail{'' if per_day == 1 else 's'} on a usual day.")
    if per_second is not None and per_second > 0:
        said.append(f"At peaks we expect up to {per_second:g} a second.")
    if (per_day or 0) > _USUAL_DAY or (per_second or 0) > _USUAL_SECOND:
        said.append(
            f"This is more than {_USUAL_DAY:,} a day or {_USUAL_SECOND} a second: we shall ask for a higher "
            "quota by Service Quotas, and grow into it."
        )
    elif per_day is not None:
        said.append(f"A quota of {_USUAL_DAY:,} a day and {_USUAL_SECOND} a second is enough for us.")
    return "How often we send", " ".join(said)


def _recipients(config: ConnectorConfig, sign_up: str, captcha: bool) -> tuple[str, str]:
    said = [_as_sentence(sign_up)] if sign_up else []
    said.append(
        "People type their own address into the sign-in form and get a code there at once. No address is "
        "bought, rented, collected elsewhere or imported, and none is kept in a mailing list."
    )
    if _INVITATION in config.usage_types():
        said.append(
            "An invitation goes to the one address that a member of an organization has typed, because that "
            "member invites this person."
        )
    said.append(
        "A code is good for an hour at most and for ten tries. Logto sends at most 10 mails within 10 "
        "minutes to one address."
    )
    if captcha:
        said.append("The form has a CAPTCHA, so that programs cannot ask for codes.")
    said.append(
        "The recipients are people who sign in and are not known beforehand, so that they cannot be verified "
        "one by one in the sandbox: this is why we ask for production access."
    )
    return "How we get our recipients' addresses", " ".join(said)


def _feedback(config: ConnectorConfig, state: ProductionState | None) -> tuple[str, str]:
    said = []
    suppressed = state.suppressed if state is not None else ()
    if words := [
        word for key, word in (("BOUNCE", "bounces"), ("COMPLAINT", "complaints")) if key in suppressed
    ]:
        said.append(
            f"The account-level suppression list is on for {' and '.join(words)}: SES sends nothing more to "
            "such an address."
        )
    events = (state.events or ()) if state is not None else ()
    if state is not None and {"BOUNCE", "COMPLAINT"} <= set(events):
        said.append(
            f"Bounces and complaints are also published as events, by the configuration set "
            f"{state.configuration_set}."
        )
    forwards = state is not None and any(one.feedback_forwarding for one in state.identities[:1])
    if config.feedback_forwarding_email_address and forwards:
        said.append(f"Notices of both are forwarded to {config.feedback_forwarding_email_address}.")
    said.append(
        "There is nothing to unsubscribe from: each mail answers one action, and who does nothing gets none."
    )
    return "Bounces, complaints and unsubscribe requests", " ".join(said)


def _authentication(config: ConnectorConfig, state: ProductionState | None) -> tuple[str, str]:
    """What is so by now: a record that SES has not found is not named."""
    try:
        address = parse_mailbox(config.email_address or "").address
    except AddressProblem:
        return "", ""
    said = [f"Mail comes from {address}."]
    if state is not None:
        signer = state.signer
        verified = next((one for one in state.identities if one.verified), None)
        if verified is not None:
            said.append(f"{verified.name} is a verified identity in {state.region}.")
        if signer is not None and signer.dkim.status == "SUCCESS" and signer.dkim.signing_enabled:
            bits = re.search(r"\d{4}", signer.dkim.key_length or "")
            length = f" with a {bits[0]}-bit key" if bits else ""
            said.append(f"Mail is signed by DKIM for {signer.name}{length}.")
        if state.mail_from:
            said.append(f"The MAIL FROM domain is {state.mail_from}, with its MX record in place.")
        if state.dmarc:
            said.append(f"A DMARC policy is published: p={state.dmarc}.")
    return "Sender and authentication", " ".join(said)


def _examples(config: ConnectorConfig, example: str) -> tuple[str, str]:
    subjects = [_subject(one) for kind, one in _by_kind(config).items() if kind in _KINDS]
    lines = [f"- {subject}" for subject in dict.fromkeys(subjects) if subject]
    body = "\n".join(["Subjects:", *lines]) if lines else ""
    return "Examples", "\n\n".join(part for part in (body, example) if part)


def _by_kind(config: ConnectorConfig) -> dict[str, EmailTemplate]:
    """The template that Logto takes for each usage type: the first."""
    kinds: dict[str, EmailTemplate] = {}
    for template in config.templates:
        kinds.setdefault(template.usage_type, template)
    return kinds


def _example(config: ConnectorConfig) -> str:
    """One mail as its reader sees it, as text."""
    kinds = _by_kind(config)
    template = next((kinds[kind] for kind in _KINDS if kind in kinds), None)
    text = _filled(html_to_text(template.content)) if template is not None else ""
    if template is None or not text.strip():
        return ""
    if len(text) > _LONGEST_EXAMPLE:
        text = text[:_LONGEST_EXAMPLE].rsplit("\n", 1)[0] + "\n[\N{HORIZONTAL ELLIPSIS}]"
    return f"One of them as text, without its layout:\n\nSubject: {_subject(template)}\n{text}"


def _subject(template: EmailTemplate) -> str:
    return _filled(_one_line(template.subject))[:_LONGEST_SUBJECT]


_PLACEHOLDER = re.compile(r"\{\{\s*([\w.]+)\s*\}\}", re.ASCII)


def _filled(text: str) -> str:
    """The text with a code in it, and the other placeholders by their names in brackets."""
    return _PLACEHOLDER.sub(lambda found: "123456" if found[1] == "code" else f"[{found[1]}]", text)


def _one_line(text: str) -> str:
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text).split())


def _as_sentence(text: str) -> str:
    return text if text[-1:] in ".!?\N{IDEOGRAPHIC FULL STOP}" else f"{text}."
