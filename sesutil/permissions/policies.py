"""The two policies that are needed: of the key that Logto sends with, of the person who onboards.

Actions, resources and condition keys are those of AWS's service authorization reference:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from sesutil.addresses import AddressProblem, Mailbox, identity_covers, parse_mailbox
from sesutil.config import ConnectorConfig
from sesutil.errors import InvalidParameters
from sesutil.identities.names import identity_names
from sesutil.permissions.arns import (
    checked_place,
    identity_arn,
    name_in_identity_arn,
    owner_of_identity,
    set_arn,
)
from sesutil.regions import partition

__all__ = [
    "INLINE_LIMIT",
    "MANAGED_LIMIT",
    "USER_PATH",
    "Policy",
    "address_as_written",
    "explain_policy",
    "onboarding_policy",
    "policy_size",
    "policy_text",
    "same_policy",
    "sender_of",
    "sending_policy",
]

Policy = dict[str, Any]

INLINE_LIMIT = 2048
"""Characters of all inline policies of a user together."""
MANAGED_LIMIT = 6144
"""Characters of a managed policy. White space does not count, for either.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

_SID = "LogtoSend"


def sending_policy(
    config: ConnectorConfig,
    *,
    account_id: str,
    region: str,
    identities: Sequence[str] = (),
    production: bool,
    configuration_sets: Iterable[str] = (),
) -> Policy:
    """The least policy that lets a key send this connector's mail.

    Logto calls SESv2 SendEmail with simple content and nothing else. SES asks for `ses:SendEmail` on
    each thing that the send uses: the sender's identity, the configuration set (the config's, or else
    the identity's default one: give it in `configuration_sets`), and in the sandbox the recipient's
    identity as well. So without `production` all identities of the Region are named; the Condition
    holds the sender either way.

    `identities` are the names of those registered that cover the From address; without them every
    domain above it is named. An identity of another account is named where the config names it. A
    policy of more than INLINE_LIMIT characters names all identities instead, and is as strict about
    the sender. Raises InvalidParameters: a config without a From address that SES takes, an account id
    or Region that is none.

    Recorded: cloudposse/terraform-aws-ses#40 (recipients), aws/aws-sdk-net#3550 (default set). Conditions:
    https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html
    """
    mailbox = sender_of(config)
    checked_place(account_id, region)
    sets = list(dict.fromkeys(name for name in (config.configuration_set_name, *configuration_sets) if name))
    shared = [set_arn(account_id, region, _literal(name)) for name in sets]
    shared = [*_of_other_accounts(config, account_id), *shared]
    every = [identity_arn(account_id, region, "*")]
    own = every
    if production:
        names = _names_asked(config, mailbox, account_id, identities)
        own = [identity_arn(account_id, region, _literal(name)) for name in names]
    policy = _policy([*own, *shared], mailbox)
    return policy if policy_size(policy) <= INLINE_LIMIT else _policy([*every, *shared], mailbox)


def _policy(resources: Sequence[str], mailbox: Mailbox) -> Policy:
    # Compared with its case. Whether SES gives the domain as it was written is not documented.
    senders = [
        _without_variables(one) for one in dict.fromkeys([address_as_written(mailbox), mailbox.address])
    ]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": _SID,
                "Effect": "Allow",
                "Action": "ses:SendEmail",
                "Resource": list(dict.fromkeys(resources)),
                "Condition": {
                    "StringEquals": {"ses:FromAddress": senders[0] if len(senders) == 1 else senders}
                },
            }
        ],
    }


def _names_asked(
    config: ConnectorConfig, mailbox: Mailbox, account_id: str, identities: Sequence[str]
) -> list[str]:
    """The names of the account's identities that a send may be checked against, most specific first.

    Refusals were recorded that name the address where only its domain is verified: so from the address
    to the widest identity that covers it, all are named. Nobody recorded whether the identity of the
    feedback address is asked as the recipient's is; naming it costs nothing, since the sender is held.
    """
    names: list[str] = []
    arn = config.email_address_identity_arn
    if owner_of_identity(arn) in (None, account_id):
        names += _covering_names(mailbox, [*identities, name_in_identity_arn(arn) or ""])
    feedback, arn = (
        config.feedback_forwarding_email_address,
        config.feedback_forwarding_email_address_identity_arn,
    )
    if feedback and owner_of_identity(arn) in (None, account_id):
        with suppress(AddressProblem):  # SES refuses the mail for it, whatever the policy says
            bounces = parse_mailbox(feedback)
            names += _covering_names(bounces, [*identities, name_in_identity_arn(arn) or ""])
    return list(dict.fromkeys(names))


def _covering_names(mailbox: Mailbox, identities: Iterable[str]) -> list[str]:
    candidates = identity_names(mailbox)
    covering = [one for one in identities if one and identity_covers(one, mailbox)]
    known = [candidates.index(folded) for one in covering if (folded := _folded(one)) in candidates]
    if known:
        candidates = candidates[: max(known) + 1]
    # ARNs are compared with their case, so a name counts as it is registered or written, too.
    return [address_as_written(mailbox), *candidates, *covering]


def _folded(name: str) -> str:
    local, at, domain = name.rpartition("@")
    return f"{local}{at}{domain.lower()}"


def _of_other_accounts(config: ConnectorConfig, account_id: str) -> list[str]:
    given = (config.email_address_identity_arn, config.feedback_forwarding_email_address_identity_arn)
    return [_literal(arn) for arn in given if arn and (owner_of_identity(arn) or account_id) != account_id]


def sender_of(config: ConnectorConfig) -> Mailbox:
    """The From address of the connector. Raises InvalidParameters where SES would take none from it."""
    if not config.email_address:
        raise InvalidParameters(
            ["The connector has no emailAddress. Fill in the address that Logto sends from."]
        )
    try:
        return parse_mailbox(config.email_address)
    except AddressProblem as problem:
        raise InvalidParameters(
            [f"SES does not take the connector's emailAddress: {problem}. Mend it, then come back."]
        ) from None


def address_as_written(mailbox: Mailbox) -> str:
    """The bare address with its domain as somebody wrote it; `mailbox.address` has it in lower case."""
    return mailbox.text.strip(" ").removesuffix(">")[-len(mailbox.address) :]


def _literal(text: str) -> str:
    """For a Resource: * and ? are wildcards there, and an address may hold them."""
    return re.sub(r"[*?$]", r"${\g<0>}", text)


def _without_variables(text: str) -> str:
    """For a comparison of strings: only ${…} means something there."""
    return text.replace("${", "${$}{")


USER_PATH = "/sesutil/"
"""Where sesutil makes users: what it may change in IAM is under this path."""

_ZONE = re.compile(r"(/hostedzone/)?(?P<id>[A-Z0-9]{1,32})")

_LOOK = [
    *("ses:GetAccount", "ses:ListEmailIdentities", "ses:ListConfigurationSets"),
    *("ses:GetSendQuota", "ses:GetSendStatistics", "ses:ListSuppressedDestinations"),
    *("sts:GetCallerIdentity", "cloudwatch:GetMetricData", "cloudwatch:ListMetrics"),
    *("route53:ListHostedZones", "route53:ListHostedZonesByName"),
]
_RECIPIENTS = [
    *("ses:GetSuppressedDestination", "ses:DeleteSuppressedDestination"),
    "ses:PutAccountSuppressionAttributes",
]
_IDENTITIES = [
    *("ses:CreateEmailIdentity", "ses:DeleteEmailIdentity", "ses:PutEmailIdentityMailFromAttributes"),
    *("ses:PutEmailIdentityDkimAttributes", "ses:PutEmailIdentityDkimSigningAttributes"),
    *("ses:PutEmailIdentityConfigurationSetAttributes", "ses:PutEmailIdentityFeedbackAttributes"),
    *("ses:TagResource", "ses:SendEmail"),
]
_SETS = [
    *("ses:CreateConfigurationSet", "ses:GetConfigurationSet", "ses:DeleteConfigurationSet"),
    "ses:CreateConfigurationSetEventDestination",
    "ses:GetConfigurationSetEventDestinations",
    "ses:UpdateConfigurationSetEventDestination",
    "ses:DeleteConfigurationSetEventDestination",
]
_USER = [
    *("iam:CreateUser", "iam:DeleteUser", "iam:PutUserPolicy", "iam:DeleteUserPolicy"),
    *("iam:CreateAccessKey", "iam:UpdateAccessKey", "iam:DeleteAccessKey"),
]
_PERMISSIONS = [
    *("iam:GetUser", "iam:ListAccessKeys", "iam:GetAccessKeyLastUsed", "iam:SimulatePrincipalPolicy"),
    *("iam:ListUserPolicies", "iam:GetUserPolicy", "iam:ListAttachedUserPolicies"),
    *("iam:ListGroupsForUser", "iam:ListGroupPolicies", "iam:GetGroupPolicy"),
    *("iam:ListAttachedGroupPolicies", "iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy"),
    *("iam:ListAttachedRolePolicies", "iam:GetPolicy", "iam:GetPolicyVersion"),
]
_TOPICS = [
    *("sns:CreateTopic", "sns:DeleteTopic", "sns:GetTopicAttributes", "sns:SetTopicAttributes"),
    *("sns:Subscribe", "sns:ListSubscriptionsByTopic", "sns:TagResource", "sns:ListTagsForResource"),
]
_QUEUES = [
    *("sqs:CreateQueue", "sqs:DeleteQueue", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"),
    *("sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:ListQueueTags"),
    *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"),
]

_REASONS = {
    "Look": "See the state of the account, and which domains Route 53 has. Changes nothing.",
    "LookAtIdentities": "Read identities, in every Region: one may be in another. Changes nothing.",
    "MailLinks": "Have AWS mail the verification link of an address again, by SES's older API.",
    "Recipients": "Look a recipient up on the suppression list, take one off it, say what gets onto it.",
    "Identities": "Create, set up and delete identities of the Region, and send a test mail by them.",
    "ConfigurationSets": "Create, look at and delete configuration sets and where their events go.",
    "LookAtRecords": "Read the records of the hosted zone, and see whether a change is through.",
    "PublishRecords": "Create records of the three types that SES asks for. None can be changed or deleted.",
    "SendingUser": (
        "Create Logto's user, its policy and its keys, below the path /sesutil/ only. Somebody who may write "
        "a user's policy can let that user do anything: where that is too much, require a permissions "
        "boundary for that path, or have the user made by an administrator."
    ),
    "LookAtPermissions": "See what a user or role may do, and how old its keys are. Changes nothing.",
    "Events": "Create, read and delete the topic and the queue for bounces: names that begin with sesutil-.",
    "AskForProductionAccess": (
        "Ask AWS for production access. It goes to people, and after a denial it cannot be asked again this "
        "way: leave the statement out for somebody who should not."
    ),
}


def onboarding_policy(*, account_id: str, region: str, hosted_zone_id: str | None = None) -> Policy:
    """What somebody needs who walks the whole path with sesutil in one Region.

    It is too long for an inline policy of a user (2048 characters): create a managed one. The whole
    account is named nowhere but where AWS knows no narrower resource. Without `hosted_zone_id` (as
    Route 53 writes it, with `/hostedzone/` or without) records may be created in all zones. Raises
    InvalidParameters.
    """
    checked_place(account_id, region)
    zone = _ZONE.fullmatch(hosted_zone_id) if hosted_zone_id else None
    if hosted_zone_id and zone is None:
        raise InvalidParameters(
            [f"{hosted_zone_id!r} is no hosted zone id. One reads Z0123456789ABCDEFGHIJ."]
        )
    own = partition(region)
    zone_arn = f"arn:{own}:route53:::hostedzone/{zone['id'] if zone else '*'}"
    identities = identity_arn(account_id, region, "*")
    sets = set_arn(account_id, region, "*")
    iam = f"arn:{own}:iam::{account_id}"
    statements = [
        _allow("Look", _LOOK, "*"),
        # A read in each Region costs nothing and saves the search for an identity that "is not there".
        _allow(
            "LookAtIdentities",
            ["ses:GetEmailIdentity"],
            f"arn:{own}:ses:*:{account_id}:identity/*",
        ),
        _allow("MailLinks", ["ses:VerifyEmailIdentity"], "*"),
        _allow("Recipients", _RECIPIENTS, "*"),
        _allow("Identities", _IDENTITIES, identities, sets),
        _allow("ConfigurationSets", _SETS, sets),
        _allow(
            "LookAtRecords",
            ["route53:GetHostedZone", "route53:ListResourceRecordSets", "route53:GetChange"],
            zone_arn,
            f"arn:{own}:route53:::change/*",
        ),
        # https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-rrset-conditions.html
        _allow("PublishRecords", ["route53:ChangeResourceRecordSets"], zone_arn)
        | {
            "Condition": {
                "ForAllValues:StringEquals": {
                    "route53:ChangeResourceRecordSetsActions": ["CREATE"],
                    "route53:ChangeResourceRecordSetsRecordTypes": ["CNAME", "MX", "TXT"],
                }
            }
        },
        _allow("SendingUser", _USER, f"{iam}:user{USER_PATH}*"),
        # Of a user that is not there IAM asks about user/name, without the path that it may get.
        _allow(
            "LookAtPermissions",
            _PERMISSIONS,
            f"{iam}:user/*",
            f"{iam}:group/*",
            f"{iam}:role/*",
            f"{iam}:policy/*",
            f"arn:{own}:iam::aws:policy/*",
        ),
        _allow(
            "Events",
            [*_TOPICS, *_QUEUES],
            f"arn:{own}:sns:{region}:{account_id}:sesutil-*",
            f"arn:{own}:sqs:{region}:{account_id}:sesutil-*",
        ),
        _allow("AskForProductionAccess", ["ses:PutAccountDetails"], "*")
        | {"Condition": {"StringEquals": {"aws:RequestedRegion": region}}},
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(sid: str, actions: list[str], *resources: str) -> Policy:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": resources[0] if len(resources) == 1 else list(resources),
    }


def explain_policy(policy: Mapping[str, Any]) -> dict[str, str]:
    """What each statement of a policy made here is for, by its Sid."""
    return {
        statement["Sid"]: _REASONS.get(statement["Sid"]) or _of_sending(statement)
        for statement in policy["Statement"]
    }


def _of_sending(statement: Mapping[str, Any]) -> str:
    listed = statement["Condition"]["StringEquals"]["ses:FromAddress"]
    resources = statement["Resource"]
    sets = [one.partition(":configuration-set/")[2] for one in resources if ":configuration-set/" in one]
    text = f"Send mail as {listed if isinstance(listed, str) else listed[0]}, and as nobody else"
    text += f", by the configuration set {' or '.join(sets)}." if sets else "."
    if any(one.endswith(":identity/*") for one in resources):
        text += (
            " Every identity of the Region is named, as the sandbox needs it, where SES asks for the "
            "recipient's identity, too: plan the user again on the day production access is granted."
        )
    return text


def policy_text(policy: Mapping[str, Any]) -> str:
    """The policy as JSON for people and for IAM."""
    return json.dumps(policy, indent=2, ensure_ascii=False)


def policy_size(policy: Mapping[str, Any]) -> int:
    """Its characters as IAM counts them: without white space."""
    return len(json.dumps(policy, separators=(",", ":"), ensure_ascii=False))


def same_policy(one: Any, other: Any) -> bool:
    """Whether two policies say the same: order in lists and one value or a list of one mean nothing."""
    return bool(_plain(one) == _plain(other))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner if isinstance(inner, list) else [inner]) for key, inner in value.items()}
    if isinstance(value, list):
        return sorted((_plain(inner) for inner in value), key=lambda inner: json.dumps(inner, sort_keys=True))
    return value
