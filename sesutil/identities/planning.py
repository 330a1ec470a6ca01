"""Changes to identities, planned from what is there: made, authenticated, given new keys, deleted.

Each function reads the identity now, changes nothing, and gives a `Change` for `carry_out`. All raise
AwsError when it cannot be read, and InvalidParameters for a name that cannot be, or is not registered.
"""

from __future__ import annotations

from typing import Any, Literal

from sesutil.account import Account
from sesutil.addresses import is_simulator, parse_mailbox
from sesutil.changes import Call, Change
from sesutil.errors import InvalidParameters
from sesutil.identities.names import IdentityName, identity_name, parents_of
from sesutil.identities.reading import IdentityState, read_identities, read_identity
from sesutil.regions import long_name

__all__ = [
    "plan_delete",
    "plan_dkim_signing",
    "plan_identity",
    "plan_mail_from",
    "plan_new_keys",
    "plan_new_link",
    "suggested_mail_from",
]

OnFailure = Literal["USE_DEFAULT_VALUE", "REJECT_MESSAGE"]


def plan_identity(
    account: Account, name: str, *, configuration_set: str | None = None, force: bool = False
) -> Change:
    """Registers a domain or an address, by CreateEmailIdentity.

    `name` is what a person typed: see `identity_name`. Nothing is to be done when it is registered, in
    whatever state, and when a verified identity above it covers it already; with `force` it gets one of
    its own all the same. `configuration_set` becomes the new identity's default.
    """
    wanted = identity_name(name)
    title = f"Register the {_word(wanted)} {wanted.name}"
    there = {one.name: one for one in read_identities(account, [wanted.name, *_above(wanted)])}
    own = there.pop(wanted.name, None)
    if own is not None:
        return Change(title, already=_registered(own))
    if wanted.kind == "EMAIL_ADDRESS" and is_simulator(parse_mailbox(wanted.name)):
        return Change(title, already="SES's mailbox simulator needs no verification: send to it as it is.")
    covers = next((one for one in there.values() if one.verified), None)
    if covers is not None and not force:
        return Change(
            title,
            already=f"{wanted.name} is covered by {covers.name}, which is verified: mail can be sent from it "
            "now. An identity of its own is only needed for settings of its own: a configuration set, a MAIL "
            "FROM domain, keys.",
        )
    parameters: dict[str, Any] = {"EmailIdentity": wanted.name}
    if configuration_set:
        parameters["ConfigurationSetName"] = configuration_set
    return Change(
        title,
        (Call("sesv2", "CreateEmailIdentity", parameters),),
        why=" ".join(part for part in (wanted.note, _purpose(account, wanted)) if part),
        undo=f"Delete the identity {wanted.name}: DeleteEmailIdentity.",
    )


def plan_new_link(account: Account, identity: str | IdentityState) -> Change:
    """Mails the link for an address once more, by SES's older API: SESv2 has no call for it.

    A link is good for 24 hours. https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html
    """
    state = _registered_one(account, identity)
    title = f"Mail the link to {state.name} again"
    if state.kind == "DOMAIN":
        raise InvalidParameters([f"{state.name} is a domain: its records verify it, no link does."])
    if state.verified:
        return Change(title, already=f"{state.name} is verified.")
    return Change(
        title,
        (Call("ses", "VerifyEmailIdentity", {"EmailAddress": state.name}),),
        why="AWS mails a new link, which is good for 24 hours. Look into the spam folder, too.",
        undo="Nothing needs to be taken back: an unused link expires.",
    )


def suggested_mail_from(domain: str) -> str:
    """A name for the MAIL FROM domain that is rarely taken: `bounce.example.com`."""
    return f"bounce.{domain}"


def plan_mail_from(
    account: Account,
    identity: str | IdentityState,
    mail_from_domain: str | None = None,
    on_failure: OnFailure = "USE_DEFAULT_VALUE",
) -> Change:
    """Gives the identity a MAIL FROM domain of its own; without one named, `suggested_mail_from`'s.

    It has to be below the identity's domain. Set again after FAILED, it makes SES look for its records
    once more. https://docs.aws.amazon.com/ses/latest/dg/mail-from.html
    """
    state = _registered_one(account, identity)
    domain = _mail_from_name(state, mail_from_domain)
    if on_failure not in ("USE_DEFAULT_VALUE", "REJECT_MESSAGE"):
        raise InvalidParameters([f"{on_failure!r}: on_failure is USE_DEFAULT_VALUE or REJECT_MESSAGE."])
    title = f"Set the MAIL FROM domain {domain}"
    now = state.mail_from
    if now is not None and (now.domain, now.on_failure) == (domain, on_failure) and now.status != "FAILED":
        found = {
            "SUCCESS": "and SES has found its MX record.",
            "TEMPORARY_FAILURE": "but its MX record, which was there, is gone: publish it again.",
        }.get(now.status, "and SES looks for its MX record: publish its records.")
        return Change(title, already=f"{domain} is the MAIL FROM domain of {state.name}, {found}")
    until = (
        "Until SES has found its MX record, mail is sent with amazonses.com instead."
        if on_failure == "USE_DEFAULT_VALUE"
        else "Until SES has found its MX record, every mail is refused."
    )
    instead = f" It takes the place of {now.domain}." if now and now.domain != domain else ""
    before = f"set {now.domain} again" if now and now.domain != domain else "set an empty MailFromDomain"
    return Change(
        title,
        (
            Call(
                "sesv2",
                "PutEmailIdentityMailFromAttributes",
                {
                    "EmailIdentity": state.name,
                    "MailFromDomain": domain,
                    "BehaviorOnMxFailure": on_failure,
                },
            ),
        ),
        why=f"SPF then passes for your own domain, as DMARC asks.{instead} It needs one MX and one TXT "
        f"record, and must be used for nothing else: no mail may be received at {domain}, and none sent from "
        f"it. {until}",
        undo=f"PutEmailIdentityMailFromAttributes: {before}.",
    )


def plan_dkim_signing(account: Account, identity: str | IdentityState, *, enabled: bool = True) -> Change:
    """Switches DKIM signing of a domain on, or off."""
    state = _signing_domain(_registered_one(account, identity))
    word = "on" if enabled else "off"
    title = f"Switch DKIM signing of {state.name} {word}"
    if state.dkim.signing_enabled == enabled:
        return Change(title, already=f"DKIM signing of {state.name} is {word}.")
    return Change(
        title,
        (
            Call(
                "sesv2",
                "PutEmailIdentityDkimAttributes",
                {"EmailIdentity": state.name, "SigningEnabled": enabled},
            ),
        ),
        why="Mail is then signed by your domain, as DMARC and large mailbox providers ask."
        if enabled
        else "Mail is then no longer signed by your domain: DMARC has only SPF left, and providers may "
        "refuse it.",
        undo=f"Switch it {'off' if enabled else 'on'} again: PutEmailIdentityDkimAttributes.",
    )


def plan_new_keys(account: Account, identity: str | IdentityState, *, force: bool = False) -> Change:
    """Starts DKIM of a domain anew, with keys of SES, when SES has given up looking for the records.

    While SES still looks, and once it has found them, nothing is to be done, unless `force` is given.
    A key of one's own is never replaced without it. Whether SES then asks for other records than before
    is not documented: read the identity again afterwards.
    """
    state = _signing_domain(_registered_one(account, identity))
    title = f"Start DKIM of {state.name} anew"
    if not force:
        if state.dkim.origin != "AWS_SES":
            return Change(
                title,
                already=f"{state.name} does not use keys that SES makes here (origin {state.dkim.origin}). "
                "New ones would replace them: say so by force=True.",
            )
        if "FAILED" not in (state.status, state.dkim.status) and state.dkim.status != "NOT_STARTED":
            return Change(title, already=_keys_are_fine(state))
    return Change(
        title,
        (
            Call(
                "sesv2",
                "PutEmailIdentityDkimSigningAttributes",
                {
                    "EmailIdentity": state.name,
                    "SigningAttributesOrigin": "AWS_SES",
                    "SigningAttributes": {"NextSigningKeyLength": "RSA_2048_BIT"},
                },
            ),
        ),
        why="SES looks for the DKIM records again, for up to 72 hours. It may ask for other records than "
        "before: read the identity again, and publish what it says then.",
        final="It cannot be taken back: the keys before it are gone.",
    )


def plan_delete(account: Account, identity: str | IdentityState) -> Change:
    """Deletes an identity. Nothing is to be done when it is not registered."""
    name = identity.name if isinstance(identity, IdentityState) else identity_name(identity).name
    state = read_identity(account, name)
    title = f"Delete the identity {name}"
    if state is None:
        return Change(title, already=f"{name} is not registered in {account.region}.")
    lost = ["its keys and their state"] if state.kind == "DOMAIN" else []
    lost += [f"its MAIL FROM domain {state.mail_from.domain}"] if state.mail_from else []
    lost += [f"its default configuration set {state.configuration_set}"] if state.configuration_set else []
    lost += [f"its policies {', '.join(state.policies)}"] if state.policies else []
    warning = (
        f"Warning: mail from {name} is refused at once, unless another verified identity covers it."
        if state.verified
        else f"{name} is not verified: no mail comes from it now."
    )
    return Change(
        title,
        (Call("sesv2", "DeleteEmailIdentity", {"EmailIdentity": name}),),
        why=" ".join([warning, *([f"Lost with it: {'; '.join(lost)}."] if lost else [])]),
        final="It cannot be taken back: registered again, it has to be verified again, and the records may "
        "be others.",
    )


def _word(wanted: IdentityName) -> str:
    return "domain" if wanted.kind == "DOMAIN" else "address"


def _above(wanted: IdentityName) -> list[str]:
    """Names whose identities would cover this one."""
    if wanted.kind == "DOMAIN":
        return parents_of(wanted.name)
    mailbox = parse_mailbox(wanted.name)
    plain = [mailbox.without_label] if mailbox.without_label != mailbox.address else []
    return [*plain, mailbox.domain, *parents_of(mailbox.domain)]


def _purpose(account: Account, wanted: IdentityName) -> str:
    where = f"{long_name(account.region)} ({account.region})"
    if wanted.kind == "DOMAIN":
        return (
            f"It covers every address of {wanted.name} and of its subdomains, in {where} alone. It is "
            "verified once its three DKIM records are published."
        )
    return (
        f"It covers this one address, in {where} alone. AWS mails a link to it, which is good for 24 hours. "
        "Mail from it is signed only if its domain is an identity, too."
    )


def _registered(state: IdentityState) -> str:
    where = f"{state.name} is registered in {state.region}"
    if state.verified:
        return f"{where} and verified."
    if state.kind == "EMAIL_ADDRESS":
        return f"{where}, and waits for its mailed link, which is good for 24 hours: have another one sent."
    if state.status == "FAILED":
        return f"{where}, but SES no longer looks for its records: start DKIM anew, and publish them."
    return f"{where}, and waits for its DKIM records: publish them."


def _registered_one(account: Account, identity: str | IdentityState) -> IdentityState:
    name = identity.name if isinstance(identity, IdentityState) else identity_name(identity).name
    state = read_identity(account, name)
    if state is None:
        raise InvalidParameters([f"{name} is not registered in {account.region}: register it first."])
    return state


def _signing_domain(state: IdentityState) -> IdentityState:
    if state.kind == "EMAIL_ADDRESS":
        raise InvalidParameters(
            [f"{state.name} is an address, which has no keys: register its domain {state.domain}."]
        )
    return state


def _keys_are_fine(state: IdentityState) -> str:
    if state.dkim.status == "SUCCESS":
        return f"The DKIM records of {state.name} are found."
    if state.dkim.status == "TEMPORARY_FAILURE":
        return f"The DKIM records of {state.name} were there and are gone: publish the same ones again."
    return f"SES still looks for the DKIM records of {state.name}: publish them as they are."


def _mail_from_name(state: IdentityState, typed: str | None) -> str:
    if typed is None or not typed.strip():
        return suggested_mail_from(state.domain)
    wanted = identity_name(typed)
    example = f"Take a name below it that nothing else uses, such as {suggested_mail_from(state.domain)}."
    if wanted.kind != "DOMAIN":
        raise InvalidParameters([f"{typed!r} is an address: a MAIL FROM domain is a domain. {example}"])
    if wanted.name == state.domain:
        raise InvalidParameters(
            [f"{wanted.name} is the identity's own domain, which cannot be its MAIL FROM domain. {example}"]
        )
    if not wanted.name.endswith("." + state.domain):
        raise InvalidParameters(
            [f"{wanted.name} is not below the identity's domain {state.domain}. {example}"]
        )
    return wanted.name
