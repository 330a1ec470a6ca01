"""The refusals of the rules, in the codes of the services around SES.

SNS: AuthorizationError as people show it (prowler-cloud/prowler#12), InternalError by its model, Throttling
as people show it. SQS: AccessDenied (RaiderIO/keystone.guru#3901), RequestThrottled with 403 (botocore's own
retries wait for it); its other codes are guesses.
"""

from __future__ import annotations

import json

from sesutil.practice.operations.v1 import as_v1
from sesutil.practice.rules.refusals import Refused
from sesutil.practice.wire.answers import Answer

__all__ = ["in_words_of", "refusal_sqs"]

_SNS = {"AccessDenied": "AuthorizationError", "InternalFailure": "InternalError"}
_SQS = {
    "AccessDeniedException": (403, "AccessDenied"),
    "TooManyRequestsException": (403, "RequestThrottled"),
    "InternalServiceErrorException": (500, "InternalFailure"),
    "InvalidSignatureException": (403, "SignatureDoesNotMatch"),
}
_SHAPES = {"QueueAlreadyExists": "QueueNameExists"}
"""Names of SQS's newer protocol, where they are not the older one's last part."""


def in_words_of(service: str, refused: Refused, *, in_json: bool) -> Refused:
    """The same refusal as this service words it."""
    if service == "sqs":
        status, code = _SQS.get(refused.code, (refused.status, refused.code))
        return Refused(status, code, refused.text)
    if in_json:
        return refused
    if service == "sns" and refused.code == "NotFound":  # v1 of SES has no 404
        return refused
    older = as_v1(refused)
    return Refused(older.status, _SNS.get(older.code, older.code), older.text) if service == "sns" else older


def refusal_sqs(refused: Refused) -> Answer:
    """SQS's newer protocol, which says its older code in a header: clients take that one.

    https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait
    """
    shape = _SHAPES.get(refused.code, refused.code.rpartition(".")[2])
    body = json.dumps({"__type": f"com.amazonaws.sqs#{shape}", "message": refused.text}).encode()
    fault = "Receiver" if refused.status >= 500 else "Sender"
    headers = {"x-amzn-query-error": f"{refused.code};{fault}"}
    return Answer(refused.status, body, "application/x-amz-json-1.0", headers)
