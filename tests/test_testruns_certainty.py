"""What is certain of a send that failed, and the account that tries each call one single time."""

from __future__ import annotations

import inspect

import botocore.exceptions as botocore_errors
import pytest

from endpoints import answering, http, refusing
from sesutil import ConnectorConfig, Practice, SendError, connect, read_inbox, send
from sesutil.explanations import explain
from sesutil.launching import PracticeEndpoint
from sesutil.sending import surely_not_sent

NOBODY_KNOWS = {
    *("ReadTimeoutError", "ConnectionClosedError", "ResponseStreamingError", "IncompleteReadError"),
    *("HTTPClientError", "ConnectionError", "ChecksumError", "FlexibleChecksumError", "BotoCoreError"),
    "SSLError",  # without a text, it may have come while the answer was read
}
# Of waiters, paginators, S3, stubs and of building clients: no SendEmail raises them.
NEVER_HERE = {
    *("WaiterError", "WaiterConfigError", "PaginationError", "OperationNotPageableError"),
    *("UnknownClientMethodError", "AliasConflictParameterError", "UnseekableStreamError"),
    *("BaseEndpointResolverError", "StubResponseError", "StubAssertionError", "UnStubbedResponseError"),
    *("UnsupportedOutpostResourceError", "UnsupportedS3AccesspointConfigurationError"),
    *("UnsupportedS3ArnError", "UnsupportedS3ConfigurationError", "UnsupportedS3ControlArnError"),
    "UnsupportedS3ControlConfigurationError",
}


def error_of(code: str, message: str = "", status: int | None = None) -> SendError:
    return SendError(code=code, message=message, http_status=status, explanation=explain(code))


def test_every_error_of_botocore_has_a_verdict() -> None:
    names = {
        name
        for name, kind in vars(botocore_errors).items()
        if inspect.isclass(kind) and issubclass(kind, botocore_errors.BotoCoreError)
    }
    unknown = {name for name in names if not surely_not_sent(error_of(name))}
    assert unknown == NOBODY_KNOWS | NEVER_HERE


@pytest.mark.parametrize(
    ("code", "message", "status", "verdict"),
    [
        ("MessageRejected", "Email address is not verified.", 400, True),
        ("TooManyRequestsException", "Maximum sending rate exceeded.", 429, True),
        ("AccessDeniedException", "", 403, True),
        ("NotSimulated", "", 501, True),
        ("InternalServiceErrorException", "", 500, False),
        ("ServiceUnavailable", "", 503, False),
        ("InvalidResponse", "HTTP 403: <html>", 403, False),
        ("InvalidResponse", "the answer has no MessageId", 200, False),
        ("ResponseParserError", "", None, False),
        ("SSLError", "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", None, True),
        ("SSLError", "[SSL: DECRYPTION_FAILED_OR_BAD_RECORD_MAC]", None, False),
        ("SomethingNewError", "", None, False),
    ],
)
def test_the_verdict(code: str, message: str, status: int | None, verdict: bool) -> None:
    assert surely_not_sent(error_of(code, message, status)) is verdict


def test_a_call_is_tried_one_single_time(production: PracticeEndpoint, config: ConnectorConfig) -> None:
    account = connect(practice=production)
    once = account.once()
    assert once is account.once() is once.once()
    assert (once.mode, once.region, once.practice) == (account.mode, account.region, account.practice)
    Practice(production).plant_fault("lost-answer", operation="SendEmail", times=1)
    with pytest.raises(SendError) as caught:
        send(once, config, to="a@there.org", usage_type="SignIn", payload={"code": "482913"})
    assert not surely_not_sent(caught.value)
    assert len(read_inbox(production)) == 1  # the other account would have sent it again


def test_the_key_of_another_is_tried_one_single_time_as_well(production: PracticeEndpoint) -> None:
    account = connect(practice=production).once()
    signed = account.signed_by(production.access_key_id, production.secret_access_key)
    assert signed.once() is signed


def test_real_errors_of_a_line(config: ConnectorConfig) -> None:
    def error(url: str) -> SendError:
        account = connect(config, endpoint_url=url).once()
        with pytest.raises(SendError) as caught:
            send(account, config, to="a@there.org", usage_type="SignIn", payload={})
        return caught.value

    assert surely_not_sent(error(refusing()))
    with answering(http("403 Forbidden", b"<html>no</html>", "text/html")) as url:
        assert not surely_not_sent(error(url))
