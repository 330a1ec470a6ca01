"""What an error of SES means, who can change it, and what to do: one table, matched by code and text.

The texts are AWS's, as people meet them; Logto passes on the text alone, so most rows can be told
by text without a code. A text that no row knows is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sesutil.error_facts import error_facts
from sesutil.errors import AwsError
from sesutil.explanation_rows import ADMIN as _ADMIN
from sesutil.explanation_rows import AWS as _AWS
from sesutil.explanation_rows import YOU as _YOU
from sesutil.explanation_rows import Explanation
from sesutil.explanation_rows import row as _row
from sesutil.messaging_errors import MESSAGING_ROWS
from sesutil.regions import is_ses_region, nearest_region

__all__ = ["Explanation", "explain", "explain_not_verified"]

_CREDENTIALS = "https://docs.aws.amazon.com/boto3/latest/guide/credentials.html"  # the order of the chain


# In the order in which they are tried: the more telling rows first. {name} is filled from the
# pattern's groups.
_ROWS = (
    *MESSAGING_ROWS,
    _row(
        "MessageRejected", r"following identities failed the check in region (?P<region>[\w-]+): (?P<names>.+)",
        "In {region} these are not verified: {names}. In the sandbox every recipient must be verified as well as "
        "the sender; and an identity that is verified in another Region does not count.",
        _YOU,
        "If it is the sender: verify it (or its domain) in this Region, or correct the config's region. If it is "
        "the recipient: verify that address, send to success@simulator.amazonses.com, or ask for production access.",
        "request-production-access.html",
    ),
    _row(
        "MessageRejected", r"address is not verified|identity .* is not verified",
        "The sender, or in the sandbox the recipient, is not verified in this Region.", _YOU,
        "Verify the address or its domain in the Region of the config, or correct the region.",
        "creating-identities.html",
    ),
    _row(
        "SendingPausedException ConfigurationSetSendingPausedException", r"paused for this configuration set <?(?P<name>[\w-]*)",
        "Sending is switched off for the configuration set {name}.", _YOU,
        "Switch it on again (PutConfigurationSetSendingOptions), or send without it: it may be the identity's default set.",
        "managing-configuration-sets.html",
    ),
    _row(
        "MessageRejected SendingPausedException", r"sending paused|pausing",
        "AWS has paused sending for this account, mostly after too many bounces or complaints.", _AWS,
        "Read EnforcementStatus (GetAccount) and the mail that AWS sent to the account's owner, and answer the case.",
        "faqs-enforcement.html",
    ),
    _row(
        "SendingPausedException", None,
        "Sending is paused: for the account by you or by AWS, or for the configuration set.", "you or AWS",
        "Look at SendingEnabled and EnforcementStatus (GetAccount). If you paused it, switch it on again; if AWS did, "
        "answer the case.",
        "faqs-enforcement.html",
    ),
    _row(
        "AccountSuspendedException", None, "AWS has suspended sending for this account.", _AWS,
        "Answer the case in the AWS Support Center; sending to more addresses does not help.", "faqs-enforcement.html",
    ),
    _row(
        "MailFromDomainNotVerifiedException", None,
        "The identity has a custom MAIL FROM domain whose MX record is missing, and is set to reject mail then.", _YOU,
        "Publish exactly one MX record for it, priority 10, feedback-smtp.<region>.amazonses.com; or let SES use its "
        "own MAIL FROM on failure.",
        "mail-from.html",
    ),
    _row(
        "", r"mail from domain is not verified",
        "The identity has a custom MAIL FROM domain whose MX record is missing, and is set to reject mail then.", _YOU,
        "Publish exactly one MX record for it, priority 10, feedback-smtp.<region>.amazonses.com.", "mail-from.html",
    ),
    _row(
        "AccessDeniedException AccessDenied",
        r"not authorized to perform:? `?(?P<action>[\w:-]+)'? on resource:? `?(?P<resource>arn:[^\s']+)",
        "The key's user may not do {action} on {resource}. In the sandbox the key's policy is also checked against "
        "the recipient's identity, and a configuration set needs the permission on its own ARN.",
        _ADMIN,
        "Allow {action} on that resource. For sending: Resource \"*\" with the Condition ses:FromAddress is the "
        "smallest that works in the sandbox. If a policy allows it already, look for a permissions boundary or a "
        "service control policy. If the ARN is another account's, that account must add a sending authorization policy.",
        "control-user-access.html",
    ),
    _row(
        "AccessDeniedException AccessDenied",
        r"not authorized to perform:? `?(?P<action>[\w:-]+)'? on resource:? `?\*",
        "The key's user may not do {action}.", _ADMIN,
        "Allow {action} on Resource \"*\" in the user's policy: this action knows no narrower resource, or none was named.",
        "control-user-access.html",
    ),
    _row(
        "AccessDeniedException AccessDenied", None, "The key's user may not do this.", _ADMIN,
        "Allow the action in the user's policy.", "control-user-access.html",
    ),
    _row(
        "InvalidSignatureException SignatureDoesNotMatch", r"signature expired|signature not yet current",
        "This machine's clock is more than five minutes off.", _YOU,
        "Set the clock (switch on automatic time), then send again.",
    ),
    _row(
        "InvalidSignatureException SignatureDoesNotMatch", r"valid region|credential scope|should be scoped",
        "SES is in no Region of that name, or the request was signed for another Region than the one it was sent to.",
        _YOU, "Correct the config's region, and look for blanks around it.",
    ),
    _row(
        "InvalidSignatureException SignatureDoesNotMatch", r"signature we calculated|^$",
        "The secret does not belong to the access key id. Often it is an SMTP password, which looks alike, or it has "
        "blanks around it.",
        _YOU,
        "Create an access key for the sending user in IAM and copy both parts again; the secret has 40 characters.",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html",
    ),
    _row(
        "UnrecognizedClientException InvalidClientTokenId", None,
        "AWS does not know this access key id: mistyped, deleted, inactive, of another partition, or a temporary key "
        "(ASIA…) without its session token.",
        _YOU,
        "Copy the access key id again and look whether it is active in IAM. Logto's connector takes no temporary keys.",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html",
    ),
    _row(
        "", r"security token included in the request is invalid",
        "AWS does not know this access key id, or the key is inactive, or temporary without its session token.", _YOU,
        "Copy the access key id again and look whether it is active in IAM. Logto's connector takes no temporary keys.",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html",
    ),
    _row(
        "ExpiredTokenException ExpiredToken", r"expired|^$", "The temporary session is over.", _YOU,
        "Log in again (for SSO: aws sso login). Logto's connector takes no temporary keys.", text_alone=False,
    ),
    _row(
        "", r"security token included in the request is expired", "The temporary session is over.", _YOU,
        "Log in again (for SSO: aws sso login). Logto's connector takes no temporary keys.",
    ),
    _row(
        "MissingAuthenticationTokenException MissingAuthenticationToken", None,
        "The request was not signed.", _YOU, "Give credentials: a profile, the environment, or the config's access key.",
        _CREDENTIALS,
    ),
    _row(
        "OptInRequired", None, "The AWS account is not active yet, or the Region is not enabled for it.", _YOU,
        "Finish the account's sign-up (card and phone), or enable the Region in the account's settings.",
        "https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html",
    ),
    _row(
        "TooManyRequestsException Throttling ThrottlingException LimitExceededException", r"daily message quota",
        "The account has used up what it may send within 24 hours.", "nobody at once; AWS raises the quota on request",
        "Do not retry. Wait until older sends are more than 24 hours ago, or ask for a higher quota "
        "(in the sandbox: for production access).",
        "manage-sending-quotas.html",
    ),
    _row(
        "TooManyRequestsException Throttling ThrottlingException", r"maximum sending rate|rate exceeded|^$",
        "More recipients per second than the account may send to.", _YOU,
        "Slow down and send again with growing pauses. In the sandbox it is one recipient a second.",
        "manage-sending-quotas.html",
    ),
    _row(
        "NotFoundException ConfigurationSetDoesNotExist", r"configuration set <?(?P<name>[^>\s]+)>? does not exist",
        "There is no configuration set {name} in this Region.", _YOU,
        "Correct configurationSetName (mind the Region), create the set, or leave the field out.",
        "creating-configuration-sets.html",
    ),
    _row(
        "NotFoundException", r"email identity <?(?P<name>[^>\s]+)>? does not exist",
        "The identity {name} is not registered in this Region.", _YOU,
        "Create it here, or take the Region that it lives in.", "creating-identities.html",
    ),
    _row(
        "AlreadyExistsException", None, "It is there already, from an earlier step or a colleague.", _YOU,
        "Nothing is lost: read its state and go on from there.",
    ),
    _row(
        "ConflictException", None,
        "A request for production access is under review, or was denied; in both cases AWS takes no new one this way.",
        _AWS,
        "Read Details.ReviewDetails (GetAccount) for the state and the case id, and answer in that support case.",
        "request-production-access.html",
    ),
    _row(
        "BadRequestException InvalidParameterValue", r"missing final '@domain'",
        "One of the addresses has no @ with a domain, or a display name holds a comma without quotes.", _YOU,
        'Write the whole address; put a name with special characters in quotes: "Acme, Inc." <a@acme.com>.',
    ),
    _row(
        "BadRequestException InvalidParameterValue",
        r"(local address|domain) (contains|starts|ends)|missing (domain|local name)|illegal address|unterminated quote",
        "One of the addresses is not one that SES takes: blanks, non-ASCII letters or special characters in it.", _YOU,
        "Correct the address. Domains with non-ASCII letters are written in punycode (xn--…); the part before the @ "
        "must be ASCII.",
    ),
    _row(
        "BadRequestException InvalidParameterValue", r"recipient count exceeds",
        "One message goes to 50 recipients at most.", _YOU, "Send several messages.", "quotas.html",
    ),
    _row(
        "BadRequestException InvalidParameterValue", r"message length is more than",
        "The message is larger than SES takes (40 MB with SESv2).", _YOU, "Take out images and attachments.",
        "quotas.html",
    ),
    _row(
        "BadRequestException InvalidParameterValue", r"invalid arn <>",
        "An identity ARN in the config is an empty text. SES takes that for an ARN.", _YOU,
        "Leave emailAddressIdentityArn and feedbackForwardingEmailAddressIdentityArn out instead of leaving them empty.",
    ),
    _row(
        "BadRequestException InvalidParameterValue", r"invalid arn",
        "An identity ARN in the config is not one of this Region.", _YOU,
        "Copy the ARN from the identity's page, or leave the field out: within one account it is not needed.",
    ),
    _row(
        "BadRequestException InvalidParameterValue", r"does not align with the given arn",
        "The ARN belongs to another identity than the address.", _YOU,
        "Take the ARN of the identity that covers the address, or leave the field out.",
    ),
    _row(
        "BadRequestException", r"^$|^none$|missing required header 'from'|source cannot be empty",
        "The sender is missing (SES refuses this without a text).", _YOU,
        "Fill in emailAddress in the connector config.", text_alone=False,
    ),
    _row(
        "BadRequestException", r"subdomain of the domain of the identity",
        "The MAIL FROM domain must be a subdomain of the identity's domain.", _YOU,
        "Take a name below the identity, such as mail.example.com.", "mail-from.html",
    ),
    _row(
        "BadRequestException", r"suppress|sandbox",
        "This call is switched off while the account is in the sandbox.", _AWS, "Ask for production access first.",
        "request-production-access.html", text_alone=False,
    ),
    _row(
        "BadRequestException", r"validation errors? detected", "A value is outside what SES allows.", _YOU,
        "Correct the parameter that the text names.",
    ),
    _row(
        "NotSimulated", r"(?P<what>practice account does not simulate .+?)\.",
        "The {what}. Real SES may do it; nothing was changed here.", _YOU,
        "Use another way here, or try this one in a real account. docs/practice-account.md lists what is simulated.", None, text_alone=True,
    ),
    _row(
        "NotSimulated", None, "The practice account cannot do this; real SES may.", _YOU,
        "Try it live, or go on without it.",
    ),
    # -- faults on the way: botocore's exceptions -------------------------------------------------
    _row(
        "NoCredentialsError PartialCredentialsError CredentialRetrievalError", None,
        "No usable AWS credentials were found: not in the config, the environment (AWS_ACCESS_KEY_ID …), "
        "a profile (~/.aws), SSO, or the instance.",
        _YOU,
        "Log in (aws configure, or aws sso login), name a profile, or fill in the config's access key. Without an AWS "
        "account, use the practice account.",
        _CREDENTIALS,
    ),
    _row(
        "ProfileNotFound ConfigNotFound", None, "There is no such profile in the AWS configuration of this machine.",
        _YOU, "List them with aws configure list-profiles, and correct the name or AWS_PROFILE.", _CREDENTIALS,
    ),
    _row(
        "SSOTokenLoadError UnauthorizedSSOTokenError TokenRetrievalError LoginRefreshRequired", None, "The SSO session is over or was never started.",
        _YOU, "Run aws sso login for this profile.", _CREDENTIALS,
    ),
    _row("NoRegionError", None, "No Region is configured.", _YOU, "Fill in the config's region, such as eu-central-1."),
    _row(
        "InvalidRegionError", None, "The region is not a name that a host can have.", _YOU,
        "Correct the config's region, such as eu-central-1.",
    ),
    _row(
        "EndpointConnectionError ConnectTimeoutError", r"127\.0\.0\.1|localhost",
        "Nothing answers at this address on this machine. If it is the practice account, it has stopped.", _YOU,
        "Run the cell that connects again (or sesutil practice): the practice account starts with everything it had.",
    ),
    _row(
        "EndpointConnectionError ConnectTimeoutError", None,
        "The endpoint cannot be reached: no network, a firewall, or a Region that does not exist.", _YOU,
        "Check the config's region and this machine's network.{suggestion}",
    ),
    _row(
        "ReadTimeoutError", None,
        "The endpoint took the request and did not answer in time. The mail may have been sent.", "nobody at once",
        "Look into the inbox before sending again.",
    ),
    _row(
        "ConnectionClosedError HTTPClientError ProxyConnectionError SSLError ConnectionError", None,
        "The connection broke, was refused on the way, or its certificate was not accepted.", _YOU,
        "Check proxy and firewall, then try again.",
    ),
    _row(
        "InvalidResponse ResponseParserError", None,
        "What answered is not SES: its answer cannot be read.", _YOU,
        "Check the endpoint (endpoint_url, AWS_ENDPOINT_URL) and any proxy in between.",
    ),
    _row(
        "ParamValidationError", None, "A parameter has the wrong type or form.", _YOU,
        "Correct the parameter that the text names.",
    ),
)  # fmt: skip


def explain(error: BaseException | Mapping[str, Any] | str) -> Explanation:
    """The explanation of an error: botocore's, ours, or a text (also one that Logto wraps).

    A mapping, or a text that is JSON, is taken for Logto's answer, whose `data.message` is AWS's
    text. What no row of the table knows comes back with the text itself as the cause, untouched.
    """
    if isinstance(error, AwsError):
        return error.explanation
    facts = error_facts(error)
    for row in _ROWS if facts.code or facts.message else ():
        if match := row.matches(facts.code, facts.message):
            return _filled(row.explanation, match, facts.message)
    return Explanation(
        cause=facts.message or f"{facts.code or 'The error'} came without a text.",
        who="not known: sesutil has not met this error before",
        fix="Search for the text above together with 'SES', or ask AWS Support with the request id.",
    )


_NOT_VERIFIED = next(row for row in _ROWS if "MessageRejected" in row.codes)
_RECIPIENT_FIX = (
    "Verify {address}, send to success@simulator.amazonses.com, or ask for production access. (In practice: "
    "02-identity registers it and opens the link in the mail for you; in 03-production-access you ask, and play "
    "the reviewer. By the API: CreateEmailIdentity; PutAccountDetails, then Grant on the inbox's page.)"
)
_SENDER_FIX = (
    "Verify {address} or its domain in {region}, or correct the config's emailAddress or region. (In practice: "
    "in an account that began empty nothing is verified yet, 02-identity does it; in any other, connect again: "
    "that verifies the config's domain.)"
)


def explain_not_verified(message: str, sender: str | None, recipient: str) -> Explanation | None:
    """Which of the two SES means, where the text names the sender, the recipient, or both; else None.

    The text is the same for both, and is the one that most people take for a fault of the sender.
    """
    match = _NOT_VERIFIED.matches("", message)
    if not isinstance(match, re.Match):
        return None
    region, names = match["region"].lower(), match["names"]
    causes, fixes = [], []
    if sender and sender in names:
        causes.append(f"The sender {sender} is not verified in {region}.")
        fixes.append(_SENDER_FIX.format(address=sender, region=region))
    if recipient in names:
        causes.append(
            f"The recipient {recipient} is not verified in {region}, and the account is in the sandbox there: "
            "it can send to verified addresses only."
        )
        fixes.append(_RECIPIENT_FIX.format(address=recipient))
    if not causes:
        return None
    return replace(_NOT_VERIFIED.explanation, cause=" ".join(causes), fix=" ".join(fixes))


def _filled(explanation: Explanation, match: re.Match[str] | bool, message: str) -> Explanation:
    values = match.groupdict("") if isinstance(match, re.Match) else {}
    if "region" in values:
        values["region"] = values["region"].lower()
    values["suggestion"] = _nearest_region(message)

    def fill(text: str) -> str:
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    return Explanation(
        fill(explanation.cause), explanation.who, fill(explanation.fix), explanation.documentation
    )


def _nearest_region(message: str) -> str:
    """A hint for `https://email.eu-west1.amazonaws.com/`, or nothing."""
    match = re.search(r"//email\.([\w-]+)\.amazonaws", message)
    if not match:
        return ""
    if is_ses_region(match[1]):
        return ""
    near = nearest_region(match[1])
    meant = f" Do you mean {near}?" if near else ""
    return f" SES is in no Region called {match[1]!r}.{meant}"
