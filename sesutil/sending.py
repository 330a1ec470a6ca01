"""Sending one mail, as Logto's connector sends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sesutil.account import Account, translated, unreadable
from sesutil.config import ConnectorConfig, EmailTemplate
from sesutil.errors import SendError
from sesutil.explanations import explain_not_verified
from sesutil.requests import build_request

__all__ = ["SendResult", "send", "surely_not_sent"]

# botocore's errors that come before a request's first byte goes out: no credentials to sign it with,
# nothing to sign, no way to the endpoint or to the proxy.
_NEVER_LEFT = frozenset(
    """
    ApiVersionNotFoundError AwsChunkedWrapperError CapacityNotAvailableError ConfigNotFound ConfigParseError
    ConnectTimeoutError CredentialRetrievalError DataNotFoundError EndpointConnectionError
    EndpointProviderError EndpointResolutionError EndpointVariantError InfiniteLoopConfigError
    InvalidChecksumConfigError InvalidConfigError InvalidDNSNameError InvalidDefaultsMode
    InvalidEndpointConfigurationError InvalidEndpointDiscoveryConfigurationError InvalidExpressionError
    InvalidHostLabelError InvalidIMDSEndpointError InvalidIMDSEndpointModeError InvalidMaxRetryAttemptsError
    InvalidProxiesConfigError InvalidRegionError InvalidRetryConfigurationError InvalidRetryModeError
    InvalidS3AddressingStyleError InvalidS3UsEast1RegionalEndpointConfigError
    InvalidSTSRegionalEndpointsConfigError LoginAuthorizationCodeError LoginError
    LoginInsufficientPermissions LoginRefreshRequired LoginTokenLoadError MD5UnavailableError
    MetadataRetrievalError MissingDependencyException MissingParametersError NoAuthTokenError
    NoCredentialsError NoRegionError ParamValidationError PartialCredentialsError ProfileNotFound
    ProxyConnectionError RangeError RefreshWithMFAUnsupportedError SSOError SSOTokenLoadError
    ServiceNotInRegionError TokenRetrievalError UnauthorizedSSOTokenError UnknownCredentialError
    UnknownEndpointError UnknownEndpointResolutionBuiltInName UnknownFIPSEndpointError UnknownKeyError
    UnknownParameterError UnknownRegionError UnknownServiceError UnknownServiceStyle
    UnknownSignatureVersionError UnknownTokenProviderError UnsupportedServiceProtocolsError
    UnsupportedSignatureVersionError ValidationError
    """.split()
)

# What OpenSSL says of a handshake that failed: no request goes out before it is over.
_HANDSHAKE = ("CERTIFICATE_VERIFY_FAILED", "WRONG_VERSION_NUMBER", "UNSUPPORTED_PROTOCOL", "doesn't match")


@dataclass(frozen=True)
class SendResult:
    """What became of a send. SES accepted it when there is a `message_id`; that is not delivery yet.

    `message_id` and `request_id` are None for a dry run. `attempts` counts botocore's tries.
    """

    message_id: str | None
    request: dict[str, Any] = field(repr=False)
    request_id: str | None = None
    attempts: int = 0

    @property
    def accepted(self) -> bool:
        return self.message_id is not None


def send(
    account: Account,
    config: ConnectorConfig,
    *,
    to: str,
    usage_type: str,
    payload: Mapping[str, Any],
    localized: EmailTemplate | Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    dry_run: bool = False,
) -> SendResult:
    """Sends the mail that Logto would send. With `dry_run` nothing is sent, `.request` is what would be.

    `tags` are message tags, a field that Logto's request does not have: events tell them, the mail does not.
    https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageTag.html

    Raises SendError with AWS's code and text and what they mean, and TemplateNotFound.
    """
    request = build_request(config, to=to, usage_type=usage_type, payload=payload, localized=localized)
    if tags:
        request["EmailTags"] = [{"Name": name, "Value": value} for name, value in tags.items()]
    if dry_run:
        return SendResult(None, request)
    try:
        with translated("SendEmail", SendError):
            answer = account.ses.send_email(**request)
    except SendError as error:
        if told := explain_not_verified(error.message, config.email_address, to):
            error.explanation = told
        raise
    about = answer["ResponseMetadata"]
    message_id = answer.get("MessageId")
    if not message_id:
        raise unreadable("SendEmail", "the answer has no MessageId", SendError, about.get("HTTPStatusCode"))
    return SendResult(
        message_id=message_id,
        request=request,
        request_id=about.get("RequestId"),
        attempts=about.get("RetryAttempts", 0) + 1,
    )


def surely_not_sent(error: SendError) -> bool:
    """Whether SES surely did not take the mail: AWS refused it, or the request never left this machine.

    False is no proof that it did: nobody knows. The connection broke or the answer did not come in time,
    AWS failed inside (5xx), or what came cannot be read; so it is with every error that is not known
    here. The error is that of the last try: an account that tries again by itself may have sent before,
    so that only what `Account.once` raises is a proof.
    """
    if error.http_status is not None:
        # The practice account's 501 for what it cannot do is a refusal as well.
        refused = 400 <= error.http_status < 500 or error.code == "NotSimulated"
        return refused and error.code != "InvalidResponse"
    if error.code == "SSLError":
        return any(sign in error.message for sign in _HANDSHAKE)
    return error.code in _NEVER_LEFT
