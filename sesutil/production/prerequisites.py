"""What a reviewer looks at before granting production access, judged from what was read of the account."""

from __future__ import annotations

from collections.abc import Iterator

from sesutil.addresses import Mailbox
from sesutil.config import ConnectorConfig
from sesutil.production.request import host_of, share_domain, website_problem
from sesutil.production.state import Prerequisite, ProductionState

__all__ = ["prerequisites_of", "website_prerequisites"]


def prerequisites_of(
    state: ProductionState, config: ConnectorConfig | None, mailbox: Mailbox | None, website: str | None
) -> Iterator[Prerequisite]:
    """All of them, in the order in which they build on each other."""
    yield _sender_identity(state, config, mailbox)
    yield _signed_domain(state, mailbox)
    yield _healthy(state)
    yield from website_prerequisites(mailbox, website)
    yield _bounces(state)
    yield _own_mail_from(state)
    yield _dmarc_record(state, mailbox)


def website_prerequisites(mailbox: Mailbox | None, website: str | None) -> list[Prerequisite]:
    """What is looked at in the website that is named, by its address alone: no account, no network."""
    return [_website(website), _same_domain(mailbox, website)]


def _sender_identity(
    state: ProductionState, config: ConnectorConfig | None, mailbox: Mailbox | None
) -> Prerequisite:
    if mailbox is None:
        return Prerequisite(
            "identity", None if config is None else False,
            "The connector names no From address that SES takes.",
            "Write it as emailAddress into connector.json.",
        )  # fmt: skip
    if error := state.identities_error:
        return Prerequisite(
            "identity", None, f"Could not look at the identity of {mailbox.address}: {error.code}.",
            error.explanation.fix,
        )  # fmt: skip
    verified = next((one for one in state.identities if one.verified), None)
    if verified is not None:
        by = "" if verified.name == mailbox.address else f", by the identity {verified.name}"
        return Prerequisite("identity", True, f"{mailbox.address} is verified in {state.region}{by}.")
    if state.identities:
        name = state.identities[0].name
        return Prerequisite(
            "identity", False, f"{name} is registered, and not verified yet.",
            "Open the link in the mail to it." if "@" in name else "Publish its records.",
        )  # fmt: skip
    if config is not None and config.email_address_identity_arn:
        return Prerequisite(
            "identity", None, f"The identity of {mailbox.address} is another account's, by its ARN.",
            "Ask that account's owner whether it is verified.",
        )  # fmt: skip
    return Prerequisite(
        "identity", False, f"No identity in {state.region} covers {mailbox.address}.",
        f"Register the domain {mailbox.domain}.",
    )  # fmt: skip


def _signed_domain(state: ProductionState, mailbox: Mailbox | None) -> Prerequisite:
    """AWS asks for a verified domain, and its mails to applicants ask for it once more."""
    if mailbox is None or state.identities_error is not None:
        return Prerequisite("domain", None, "Without the identity it is not known whether mail is signed.")
    signer = state.signer
    if signer is None:
        if state.identities and any(one.kind == "DOMAIN" for one in state.identities):
            sentence = (
                f"{mailbox.address} has an identity of its own, and is not signed for by the domain above."
            )
        else:
            sentence = f"The domain {mailbox.domain} is no identity: mail is not signed by it."
        return Prerequisite("domain", False, sentence, f"Register the domain {mailbox.domain}.")
    if not signer.whole:
        return Prerequisite(
            "domain", None, f"Could not look at the keys of {signer.name}: GetEmailIdentity is not allowed.",
            "Allow ses:GetEmailIdentity to whoever looks.",
        )  # fmt: skip
    if signer.dkim.status != "SUCCESS":
        return Prerequisite(
            "domain", False, f"DKIM of {signer.name} is {_words(signer.dkim.status)}.",
            "Publish its three DKIM records, and wait until SES has found them.",
        )  # fmt: skip
    if not signer.dkim.signing_enabled:
        return Prerequisite(
            "domain", False, f"DKIM of {signer.name} is ready, and signing is switched off.", "Switch it on."
        )
    return Prerequisite("domain", True, f"Mail is signed by {signer.name} (DKIM).")


def _healthy(state: ProductionState) -> Prerequisite:
    if state.enforcement not in ("HEALTHY", ""):
        word = {"PROBATION": "under review", "SHUTDOWN": "paused by AWS"}
        return Prerequisite(
            "account", False, f"The account is {word.get(state.enforcement, state.enforcement.lower())}.",
            "Answer the case that AWS has opened about it first.",
        )  # fmt: skip
    if not state.sending_enabled:
        return Prerequisite(
            "account", False, "Sending is switched off in this account.",
            "Switch it on: PutAccountSendingAttributes.",
        )  # fmt: skip
    return Prerequisite("account", True, "AWS has no complaint about the account, and sending is on.")


def _website(website: str | None) -> Prerequisite:
    if website is None:
        return Prerequisite("website", None, "No website has been named yet.", "Name it in the request.")
    if problem := website_problem(website):
        return Prerequisite("website", False, "The website is none that a reviewer can open.", problem)
    return Prerequisite(
        "website", True, f"{host_of(website)} is named as the website.",
        "Look yourself that it opens, and shows what the service is and who runs it.",
    )  # fmt: skip


def _same_domain(mailbox: Mailbox | None, website: str | None) -> Prerequisite:
    host = host_of(website) if website else None
    if mailbox is None or host is None:
        return Prerequisite(
            "same-domain",
            None,
            "Whether From address and website belong together is not known.",
            required=False,
        )
    if share_domain(mailbox.domain, host):
        return Prerequisite("same-domain", True, f"{mailbox.address} belongs to {host}.", required=False)
    return Prerequisite(
        "same-domain", False, f"{mailbox.domain} and {host} look like two owners' domains.",
        "Send from the website's domain, or say in the request how the two belong together.", required=False,
    )  # fmt: skip


def _bounces(state: ProductionState) -> Prerequisite:
    lacking = [one.lower() for one in ("BOUNCE", "COMPLAINT") if one not in state.suppressed]
    if lacking:
        return Prerequisite(
            "bounces", False,
            f"The account's suppression list takes no addresses after a {' or a '.join(lacking)}.",
            "Switch it on for bounces and complaints.",
        )  # fmt: skip
    return Prerequisite(
        "bounces",
        True,
        "The account's suppression list is on: after a bounce or a complaint SES sends no more there.",
    )


def _own_mail_from(state: ProductionState) -> Prerequisite:
    named = next((one.mail_from for one in state.identities if one.mail_from is not None), None)
    if named is not None and named.status == "SUCCESS":
        return Prerequisite("mail-from", True, f"{named.domain} is the MAIL FROM domain.", required=False)
    if named is not None:
        return Prerequisite(
            "mail-from", False, f"The MAIL FROM domain {named.domain} is {_words(named.status)}.",
            "Publish its MX and its TXT record.", required=False,
        )  # fmt: skip
    if not state.identities or not all(one.whole for one in state.identities):
        return Prerequisite(
            "mail-from", None, "Whether there is a MAIL FROM domain is not known.", required=False
        )
    return Prerequisite(
        "mail-from", False, "There is no MAIL FROM domain of your own: SPF passes for amazonses.com only.",
        "Set one, such as bounce. before the domain.", required=False,
    )  # fmt: skip


def _dmarc_record(state: ProductionState, mailbox: Mailbox | None) -> Prerequisite:
    if state.dmarc is None or mailbox is None:
        return Prerequisite("dmarc", None, "Nobody has looked for a DMARC policy.", required=False)
    if not state.dmarc:
        return Prerequisite(
            "dmarc", False, f"{mailbox.domain} publishes no DMARC policy.",
            'Publish "v=DMARC1; p=none;" to begin with.', required=False,
        )  # fmt: skip
    return Prerequisite(
        "dmarc", True, f"{mailbox.domain} publishes a DMARC policy: {state.dmarc}.", required=False
    )


def _words(status: str) -> str:
    return status.lower().replace("_", " ")
