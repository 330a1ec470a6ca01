"""Identities: made, looked at, authenticated, given away, deleted.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetEmailIdentity.html and its neighbours.
"""

from __future__ import annotations

import secrets
from typing import Any

from sesutil.addresses import AddressProblem, parse_mailbox
from sesutil.iam_policies import PolicyProblem, parse_resource_policy
from sesutil.practice.operations.paging import page
from sesutil.practice.rules.identities import find_identity
from sesutil.practice.rules.model import Identity, MailFrom
from sesutil.practice.rules.notices import look_and_save, mail_link
from sesutil.practice.rules.refusals import Refused, bad_request, no_configuration_set, not_simulated
from sesutil.practice.rules.regions import signing_hosted_zone
from sesutil.practice.rules.verification import KeyProblem, public_key_of, start_dkim, verification_info
from sesutil.practice.rules.world import Caller, World

__all__ = [
    "create_email_identity",
    "create_email_identity_policy",
    "delete_email_identity",
    "delete_email_identity_policy",
    "get_email_identity",
    "get_email_identity_policies",
    "list_email_identities",
    "put_email_identity_configuration_set_attributes",
    "put_email_identity_dkim_attributes",
    "put_email_identity_dkim_signing_attributes",
    "put_email_identity_feedback_attributes",
    "put_email_identity_mail_from_attributes",
    "update_email_identity_policy",
]


def create_email_identity(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    name = parameters["EmailIdentity"]
    is_address = "@" in name
    _check_name(name, is_address)
    state = world.region(caller.region).state
    if find_identity(state, name) is not None:
        raise Refused(400, "AlreadyExistsException", f"Email identity {name} already exist.")
    set_name = parameters.get("ConfigurationSetName")
    if set_name is not None and set_name not in state.configuration_sets:
        raise no_configuration_set(set_name)
    now = world.clock.now()
    identity = Identity(
        name=name,
        kind="EMAIL_ADDRESS" if is_address else "DOMAIN",
        created=now,
        configuration_set=set_name,
        tags=parameters.get("Tags") or [],
    )
    if is_address:
        if "DkimSigningAttributes" in parameters:
            raise bad_request("The EmailIdentity value must be a valid domain.")
        identity.link_token = secrets.token_urlsafe(24)
        mail_link(world, state.region, identity)  # first: an identity without its mail could not be verified
    else:
        _start_dkim(identity, now, parameters.get("DkimSigningAttributes") or {})
    state.identities[name] = identity
    world.on_change()
    answer = {"IdentityType": identity.kind, "VerifiedForSendingStatus": False}
    if is_address:
        return answer
    return {**answer, "DkimAttributes": _dkim_attributes(identity, state.region) | {"Status": "NOT_STARTED"}}


def get_email_identity(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    state = world.region(caller.region).state
    name = parameters["EmailIdentity"]
    identity = find_identity(state, name)
    if identity is None:
        raise Refused(404, "NotFoundException", f"Email identity <{name}> does not exist.")
    look_and_save(world, state, [identity])
    answer: dict[str, Any] = {
        "IdentityType": identity.kind,
        "FeedbackForwardingStatus": identity.feedback_forwarding,
        "VerifiedForSendingStatus": identity.verified,
        "DkimAttributes": _dkim_attributes(identity, state.region),
        "MailFromAttributes": _mail_from_attributes(identity.mail_from),
        "Policies": dict(identity.policies),
        "Tags": identity.tags,
        "VerificationStatus": identity.verification_status,
        "VerificationInfo": verification_info(identity, world.zones),
    }
    if identity.configuration_set:
        answer["ConfigurationSetName"] = identity.configuration_set
    return answer


def delete_email_identity(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    identity = _identity(world, caller, parameters)
    del world.region(caller.region).state.identities[identity.name]
    world.on_change()
    return {}


def list_email_identities(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    if "Filter" in parameters:
        raise not_simulated("ListEmailIdentities with Filter")
    state = world.region(caller.region).state
    look_and_save(world, state, list(state.identities.values()))
    items = [
        {
            "IdentityType": identity.kind,
            "IdentityName": identity.name,
            "SendingEnabled": identity.verified,
            "VerificationStatus": identity.verification_status,
        }
        for identity in state.identities.values()
    ]
    return page("EmailIdentities", items, parameters)


# -- DKIM -------------------------------------------------------------------------------------------


def put_email_identity_dkim_attributes(
    world: World, caller: Caller, parameters: dict[str, Any]
) -> dict[str, Any]:
    identity = _signing_domain(world, caller, parameters)
    identity.dkim_enabled = bool(parameters.get("SigningEnabled", False))
    world.on_change()
    return {}


def put_email_identity_dkim_signing_attributes(
    world: World, caller: Caller, parameters: dict[str, Any]
) -> dict[str, Any]:
    """New keys, and a new search for their records. What was verified stays so meanwhile (a guess)."""
    origin = parameters["SigningAttributesOrigin"]
    if origin not in ("AWS_SES", "EXTERNAL"):
        raise not_simulated(f"PutEmailIdentityDkimSigningAttributes with {origin}")
    if "@" in parameters["EmailIdentity"]:
        raise bad_request("The EmailIdentity value must be a valid domain.")
    identity = _signing_domain(world, caller, parameters)
    attributes = parameters.get("SigningAttributes") or {}
    if origin == "EXTERNAL" and "DomainSigningPrivateKey" not in attributes:
        raise bad_request("SigningAttributes must be specified when SigningAttributesOrigin is EXTERNAL.")
    _start_dkim(identity, world.clock.now(), attributes if origin == "EXTERNAL" else _lengths(attributes))
    world.on_change()
    found = _dkim_attributes(identity, caller.region)
    answer = {"DkimStatus": found["Status"], "DkimTokens": found["Tokens"]}
    return {**answer, "SigningHostedZone": found["SigningHostedZone"]} if origin == "AWS_SES" else answer


def _lengths(attributes: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in attributes.items() if key == "NextSigningKeyLength"}


def _start_dkim(identity: Identity, now: float, attributes: dict[str, Any]) -> None:
    if attributes.get("DomainSigningAttributesOrigin", "AWS_SES") not in ("AWS_SES", "EXTERNAL"):
        raise not_simulated("DkimSigningAttributes of another Region (DEED)")
    key, selector = attributes.get("DomainSigningPrivateKey"), attributes.get("DomainSigningSelector")
    if key is None and selector is None:
        start_dkim(identity, now, key_length=attributes.get("NextSigningKeyLength"))
        return
    if key is None or selector is None:
        raise bad_request("DomainSigningSelector and DomainSigningPrivateKey must be specified together.")
    try:
        start_dkim(identity, now, selector=selector, public_key=public_key_of(key))
    except KeyProblem as problem:
        raise bad_request(f"The DKIM private key is invalid: {problem}.") from None


def _signing_domain(world: World, caller: Caller, parameters: dict[str, Any]) -> Identity:
    name = parameters["EmailIdentity"]
    identity = find_identity(world.region(caller.region).state, name)
    if identity is None or identity.kind != "DOMAIN":
        raise bad_request(f"Domain {name} is not verified for DKIM signing.")
    return identity


def _dkim_attributes(identity: Identity, region: str) -> dict[str, Any]:
    """SESv2's DkimAttributes. An address has none of its own, as recorded."""
    if identity.kind == "EMAIL_ADDRESS":
        return {
            "SigningEnabled": False,
            "Status": "NOT_STARTED",
            "SigningAttributesOrigin": "AWS_SES",
            "NextSigningKeyLength": "RSA_1024_BIT",
        }
    answer: dict[str, Any] = {
        "SigningEnabled": identity.dkim_enabled,
        "Status": identity.dkim_status or ("SUCCESS" if identity.verified else "PENDING"),
        "Tokens": identity.dkim_tokens,
        "SigningAttributesOrigin": identity.dkim_origin,
    }
    if identity.dkim_origin == "AWS_SES":
        answer |= {
            "SigningHostedZone": signing_hosted_zone(region),
            "NextSigningKeyLength": identity.dkim_next_key_length,
            "CurrentSigningKeyLength": identity.dkim_key_length,
            "LastKeyGenerationTimestamp": identity.dkim_started or identity.created,
        }
    return answer


# -- MAIL FROM, feedback, configuration set ---------------------------------------------------------


def put_email_identity_mail_from_attributes(
    world: World, caller: Caller, parameters: dict[str, Any]
) -> dict[str, Any]:
    identity = _identity(world, caller, parameters)
    domain = (parameters.get("MailFromDomain") or "").lower()
    if not domain:
        identity.mail_from = None
    else:
        own = identity.name.rpartition("@")[2].lower()
        if not domain.endswith("." + own):
            raise bad_request(
                f"Provided MAIL-FROM domain <{domain}> is not subdomain of the domain of the identity "
                f"<{own}>."
            )
        _check_name(domain, is_address=False)
        identity.mail_from = MailFrom(
            domain=domain,
            on_failure=parameters.get("BehaviorOnMxFailure", "USE_DEFAULT_VALUE"),
            started=world.clock.now(),
        )
    world.on_change()
    return {}


def _mail_from_attributes(mail_from: MailFrom | None) -> dict[str, Any]:
    if mail_from is None:
        return {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"}
    return {
        "MailFromDomain": mail_from.domain,
        "MailFromDomainStatus": mail_from.status,
        "BehaviorOnMxFailure": mail_from.on_failure,
    }


def put_email_identity_feedback_attributes(
    world: World, caller: Caller, parameters: dict[str, Any]
) -> dict[str, Any]:
    """Real SES refuses to switch it off without topics for bounces and complaints; those are not here."""
    identity = _identity(world, caller, parameters)
    identity.feedback_forwarding = bool(parameters.get("EmailForwardingEnabled", False))
    world.on_change()
    return {}


def put_email_identity_configuration_set_attributes(
    world: World, caller: Caller, parameters: dict[str, Any]
) -> dict[str, Any]:
    identity = _identity(world, caller, parameters)
    name = parameters.get("ConfigurationSetName")
    if name is not None and name not in world.region(caller.region).state.configuration_sets:
        raise no_configuration_set(name)
    identity.configuration_set = name
    world.on_change()
    return {}


# -- sending authorization --------------------------------------------------------------------------


def create_email_identity_policy(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    identity, name = _identity(world, caller, parameters), parameters["PolicyName"]
    if name in identity.policies:
        raise Refused(400, "AlreadyExistsException", f"Policy {name} already exist.")  # text guessed
    return _put_policy(world, identity, parameters)


def update_email_identity_policy(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    identity = _identity(world, caller, parameters)
    _check_policy_is_there(identity, parameters["PolicyName"])
    return _put_policy(world, identity, parameters)


def delete_email_identity_policy(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    identity = _identity(world, caller, parameters)
    _check_policy_is_there(identity, parameters["PolicyName"])
    del identity.policies[parameters["PolicyName"]]
    world.on_change()
    return {}


def get_email_identity_policies(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    return {"Policies": dict(_identity(world, caller, parameters).policies)}


def _put_policy(world: World, identity: Identity, parameters: dict[str, Any]) -> dict[str, Any]:
    try:
        parse_resource_policy(parameters["Policy"])
    except PolicyProblem as problem:
        raise bad_request(f"Invalid policy: {problem}") from None  # text guessed
    identity.policies[parameters["PolicyName"]] = parameters["Policy"]
    world.on_change()
    return {}


def _check_policy_is_there(identity: Identity, name: str) -> None:
    if name not in identity.policies:
        raise Refused(404, "NotFoundException", f"Policy <{name}> does not exist.")  # text guessed


# -- names ------------------------------------------------------------------------------------------


def _identity(world: World, caller: Caller, parameters: dict[str, Any]) -> Identity:
    name = parameters["EmailIdentity"]
    identity = find_identity(world.region(caller.region).state, name)
    if identity is None:
        raise Refused(404, "NotFoundException", f"Email identity {name} does not exist.")
    return identity


def _check_name(name: str, is_address: bool) -> None:
    try:
        mailbox = parse_mailbox(name if is_address else f"x@{name}")
    except AddressProblem as problem:
        raise bad_request(str(problem)) from None
    if mailbox.display_name or "<" in name or name != name.strip() or "." not in mailbox.domain:
        raise bad_request(f"Invalid email address or domain <{name}>.")  # text inferred
