"""The practice account over HTTP: who may ask, which service is meant, who answers.

The way of a request: Host and Origin → a door outside AWS's API, or: signature → SES by our own
rules, the other services by moto, anything else 501.
"""

from __future__ import annotations

import json
import re
import socket
import sys
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from io import BytesIO
from typing import Any
from uuid import uuid4

from sesutil.practice.cloud.calls import IAM_PREFIXES, HomePartition, action_of, ambiguous, wait_for_messages
from sesutil.practice.cloud.carrier import SERVICES, Cloud
from sesutil.practice.cloud.messaging_calls import actions_of, before, read_call, resource_of
from sesutil.practice.cloud.own_calls import iam_status
from sesutil.practice.doors.doors import Doors
from sesutil.practice.rules.authorization import call_context, check_call
from sesutil.practice.rules.effects import settle
from sesutil.practice.rules.notices import look_everywhere
from sesutil.practice.rules.refusals import Refused, not_simulated
from sesutil.practice.rules.sending import SENDS
from sesutil.practice.rules.world import Caller, World
from sesutil.practice.wire.answers import Answer
from sesutil.practice.wire.mishaps import go_wrong
from sesutil.practice.wire.query_protocol import read_query
from sesutil.practice.wire.service_errors import in_words_of, refusal_sqs
from sesutil.practice.wire.signature import (
    Credential,
    Request,
    SignatureProblem,
    check_signature,
    read_credential,
)
from sesutil.practice.wire.v1 import answer_v1, refusal_v1, refusal_xml
from sesutil.practice.wire.v2 import answer_v2, read_v2, refusal_v2
from sesutil.regions import is_ses_region

__all__ = ["Application"]

_LARGEST_BODY = 64 * 1024 * 1024
_REASONS = {
    200: "OK", 303: "See Other", 400: "Bad Request", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 409: "Conflict", 413: "Content Too Large",
    429: "Too Many Requests", 500: "Internal Server Error", 501: "Not Implemented",
}  # fmt: skip

# How each protocol names what is wrong with a signature. JSON services: recorded for SESv2;
# query services: recorded for SES v1; the names for "missing" are AWS's elsewhere.
_JSON_CODES = {
    "missing": "MissingAuthenticationTokenException",
    "incomplete": "IncompleteSignatureException",
    "unknown-key": "UnrecognizedClientException",
    "mismatch": "InvalidSignatureException",
    "expired": "InvalidSignatureException",
}
_QUERY_CODES = {
    "missing": "MissingAuthenticationToken",
    "incomplete": "IncompleteSignature",
    "unknown-key": "InvalidClientTokenId",
    "mismatch": "SignatureDoesNotMatch",
    "expired": "SignatureDoesNotMatch",
}


class Application:
    """A WSGI application for one practice account."""

    def __init__(self, world: World, cloud: Cloud, doors: Doors) -> None:
        self.world = world
        self.cloud = cloud
        self.doors = doors
        self.on_cloud_change: Callable[[], None] = lambda: None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request_id = str(uuid4())
        request = _read_request(environ)
        if isinstance(request, Answer):
            answer = request
        else:
            try:
                answer = self._answer(environ, request, request_id)
            except Exception:  # a fault of ours: the client still gets what its protocol expects
                traceback.print_exc(file=sys.stderr)
                refused = Refused(500, "InternalServiceErrorException", "The practice account failed.")
                answer = _refuse(request, refused, request_id)
        if answer.cut:
            return _cut(environ, start_response)
        headers = {
            "Content-Type": answer.content_type,
            "Content-Length": str(len(answer.body)),
            "x-amzn-RequestId": request_id,
            **answer.headers,
        }
        start_response(f"{answer.status} {_REASONS.get(answer.status, 'Refused')}", list(headers.items()))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def _answer(self, environ: dict[str, Any], request: Request, request_id: str) -> Answer:
        if self.doors.answers(request):
            return self.doors.answer(request)
        try:
            credential = read_credential(request.headers)
            check_signature(request, credential, self.cloud.users.secret_of)
            if not is_ses_region(credential.region):
                text = f"Credential should be scoped to a valid Region, not {credential.region!r}."
                raise SignatureProblem("mismatch", text)
        except SignatureProblem as problem:
            return _signature_answer(request, problem, request_id)
        with self.world.lock:
            if self.cloud.users.used(credential.access_key_id, credential.service, credential.region):
                self.world.unsaved = True
        if credential.service in SERVICES:
            return self._forward(environ, request, credential, request_id)
        return self._ses(request, credential, request_id)

    def _ses(self, request: Request, credential: Credential, request_id: str) -> Answer:
        is_v2 = request.path.startswith("/v2/")
        if credential.service != "ses":
            return _refuse(request, not_simulated(f"the service {credential.service!r}"), request_id)
        caller = self._caller(request, credential)
        try:
            call = read_v2(request.method, request.path) if is_v2 else None
        except Refused as refused:
            return refusal_v2(refused)
        fields = {} if call else read_query(request.body, request.query)
        operation = call.name if call else fields.get("Action", "")

        def carry_out(caller: Caller) -> Answer:
            if call is not None:
                return answer_v2(self.world, caller, call, request.query, request.body)
            return answer_v1(self.world, caller, fields, request_id)

        def refuse(refused: Refused) -> Answer:
            return refusal_v2(refused) if is_v2 else refusal_v1(refused, request_id)

        with self.world.lock:
            settle(self.world)
        return self._through_faults(caller, operation, carry_out, refuse)

    def _caller(self, request: Request, credential: Credential) -> Caller:
        with self.world.lock:
            return Caller(
                self.cloud.users.arn_of(credential.access_key_id, credential.region),
                credential.region,
                self.cloud.users.policies_of(credential.access_key_id),
                user_agent=request.headers.get("user-agent", ""),
            )

    def _through_faults(
        self,
        caller: Caller,
        operation: str,
        carry_out: Callable[[Caller], Answer],
        refuse: Callable[[Refused], Answer],
        *,
        prefix: str = "ses",
    ) -> Answer:
        """Carries a call out, unless a planted fault or the limit on calls is in its way."""
        of_ses = prefix == "ses"
        sends = of_ses and operation in SENDS
        with self.world.lock:
            limited = (
                self.world.throttle_reads
                and of_ses
                and not sends
                and not self.world.region(caller.region).reads.passes(operation, self.world.clock.now())
            )
            if limited:
                return refuse(Refused(429, "TooManyRequestsException", "Rate exceeded"))
            fault = self.world.faults.for_call(operation, sends=sends, of_ses=of_ses)
            if fault is not None and fault.times is not None:
                self.world.on_change()
        if fault is None:
            return carry_out(caller)
        return go_wrong(fault, caller, sends, carry_out, refuse)

    def _forward(
        self, environ: dict[str, Any], request: Request, credential: Credential, request_id: str
    ) -> Answer:
        """One of the services that moto carries, by the addresses and actions that belong to it only."""
        service = credential.service
        refused = not_simulated(f"this call of the service {service!r}")
        action = action_of(request, service)
        only = _ACTIONS.get(service)
        if not _PATHS.fullmatch(request.path) or (only is not None and action not in only):
            return _refuse(request, refused, request_id)
        if ambiguous(request, service):
            refused = not_simulated("calls with parameters in two places, or twice")
            return _refuse(request, refused, request_id)
        caller = self._caller(request, credential)
        prefix = IAM_PREFIXES.get(service, service)

        def refuse(refused: Refused) -> Answer:
            in_json = "x-amz-target" in request.headers
            worded = in_words_of(service, refused, in_json=in_json)
            return (
                refusal_sqs(worded) if service == "sqs" and in_json else _refuse(request, worded, request_id)
            )

        def carry_out(caller: Caller) -> Answer:
            try:
                self._check_permission(caller, request, service, action, f"{prefix}:{action}")
                with self.world.lock:
                    own = self.cloud.own_calls.answer(service, action, request, caller, request_id)
                return own or self._ask_moto(environ, request, credential, action, refused)
            except Refused as problem:
                return refuse(problem)

        return self._through_faults(caller, action, carry_out, refuse, prefix=prefix)

    def _check_permission(
        self, caller: Caller, request: Request, service: str, action: str, wanted: str
    ) -> None:
        """Raises Refused. Of SNS and SQS the topic and the queue are checked, of the others the action."""
        if action == "GetCallerIdentity":  # which needs no permission
            return
        context = call_context(caller, self.world.clock.now(), "")
        if service not in ("sns", "sqs"):
            check_call(caller, wanted, None, context)
            return
        call = read_call(request, service, action, caller.region, self.world.account_id)
        for name in actions_of(call):
            check_call(caller, name, resource_of(call), context)

    def _ask_moto(
        self, environ: dict[str, Any], request: Request, credential: Credential, action: str, refused: Refused
    ) -> Answer:
        if credential.service == "sqs" and action == "ReceiveMessage":
            return wait_for_messages(
                request,
                lambda url: self._own_wait(credential.region, url),
                lambda url: self._answers_at_once(credential.region, url),
                lambda body: self._once(environ, request, body, credential, refused),
            )
        if credential.service == "monitoring":
            with self.world.lock:
                self.cloud.metrics.refresh(self.world, credential.region)
        reads = action.startswith(("Get", "List", "Simulate"))
        if credential.service == "route53":  # which moto carries by its address; all else by its action
            reads = reads or request.method == "GET"
        with self.world.lock:
            afterwards = self._prepare(request, credential, action)
            answer = self._once(environ, request, request.body, credential, refused)
            afterwards()
            if not reads or credential.service == "sns":
                self._take_over(credential.service)
        if credential.service == "iam":
            answer.status = iam_status(answer)
        return answer

    def _prepare(self, request: Request, credential: Credential, action: str) -> Callable[[], None]:
        """For SNS and SQS: refuses what moto would do, and says what to put right afterwards."""
        service, messaging = credential.service, self.cloud.messaging
        if service not in ("sns", "sqs"):
            return lambda: None
        messaging.drop_outward()
        messaging.adopt()
        call = read_call(request, service, action, credential.region, self.world.account_id)
        put_right = before(call, messaging, self.world.clock.now())

        def afterwards() -> None:
            put_right()
            messaging.adopt()

        return afterwards

    def _answers_at_once(self, region: str, queue_url: str) -> bool:
        with self.world.lock:
            settle(self.world)
            return self.cloud.messaging.answers_at_once(region, queue_url)

    def _own_wait(self, region: str, queue_url: str) -> int:
        with self.world.lock:
            return self.cloud.messaging.wait_of(region, queue_url)

    def _take_over(self, service: str) -> None:
        """What a change in moto means for SES and for the state file."""
        if service == "sns" and (outward := self.cloud.messaging.drop_outward()):
            raise not_simulated(f"SNS subscriptions by {outward[0]}: nothing leaves this machine")
        if service == "iam":
            self.cloud.users.renamed()
        if service == "route53":
            self.cloud.zones.changed()
            look_everywhere(self.world)
        if service in ("iam", "route53", "sns"):
            self.on_cloud_change()
        elif service == "sqs":
            self.world.unsaved = True

    def _once(
        self, environ: dict[str, Any], request: Request, body: bytes, credential: Credential, refused: Refused
    ) -> Answer:
        home = HomePartition(credential.service, credential.region)
        body = home.there(body)
        if home.away:
            environ["HTTP_AUTHORIZATION"] = home.authorization(environ.get("HTTP_AUTHORIZATION", ""))
        environ["wsgi.input"] = BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        started: list[tuple[str, list[tuple[str, str]]]] = []
        with self.world.lock:
            settle(self.world)
            try:
                chunks = self.cloud(
                    environ, lambda status, headers, _=None: started.append((status, headers))
                )
                status, headers = started[-1]
            except Exception as error:  # moto raises many kinds, NotImplementedError the most frequent
                print(f"moto: {credential.service}: {type(error).__name__}: {error}", file=sys.stderr)
                raise refused from None
        kept = {name: value for name, value in headers if name.lower() not in _OWN_HEADERS}
        kind = dict(headers).get("Content-Type", "application/octet-stream")
        if "html" in kind:  # moto's way of saying that it has no such operation
            raise refused
        return Answer(int(status[:3]), home.back(b"".join(chunks)), kind, kept)


# What belongs to the services that moto carries; its own doors (/moto-api/reset …) stay shut.
_PATHS = re.compile(r"/|/2013-04-01/[^/].*|/\d{12}/[^/]+/?|/service/\w+/operation/\w+")
_ACTIONS = {"sts": {"GetCallerIdentity", "GetAccessKeyInfo"}}  # keys of assumed roles could not sign here
_OWN_HEADERS = {"server", "content-type", "content-length", "date", "connection"}


def _foreign(environ: dict[str, Any]) -> str | None:
    """Why not to answer: the request may come from another web page, or by another name of this machine.

    Without it a page in the user's browser could press the reviewer's button.
    """
    port = environ["SERVER_PORT"]
    own = {f"127.0.0.1:{port}", f"localhost:{port}"}
    host = environ.get("HTTP_HOST", "")
    if host.lower() not in own:
        return f"The practice account answers only as 127.0.0.1 or localhost, not {host!r}."
    origin = environ.get("HTTP_ORIGIN")
    foreign_origin = origin is not None and origin.lower() not in {f"http://{name}" for name in own}
    crossing = environ.get("HTTP_SEC_FETCH_SITE") == "cross-site" and environ["REQUEST_METHOD"] != "GET"
    if foreign_origin or crossing:
        return "The practice account does not answer other web pages."
    return None


def _cut(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Ends the connection without a word, as a broken line does."""
    connection = environ.get("werkzeug.socket")
    if connection is not None:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
    start_response("500 Cut", [("Connection", "close")])
    return []


def _read_request(environ: dict[str, Any]) -> Request | Answer:
    """The request as it arrived, or what to answer to one that should not be read."""
    if (text := _foreign(environ)) is not None:
        return _plain(403, text)
    length = environ.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdecimal() and len(length) < 15):
        return _plain(400, "Content-Length should be a number.")
    if int(length) > _LARGEST_BODY:
        return _plain(413, "The practice account takes at most 64 MB.")
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):  # sent in chunks, whose sum nobody announced
        body = stream.read(_LARGEST_BODY + 1)
        if len(body) > _LARGEST_BODY:
            return _plain(413, "The practice account takes at most 64 MB.")
    else:
        body = stream.read(int(length)) if int(length) else b""
    target = environ.get("REQUEST_URI") or environ["PATH_INFO"]
    path, _, query = target.partition("?")
    headers = {
        key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")
    }
    for key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(key):
            headers[key.replace("_", "-").lower()] = environ[key]
    return Request(environ["REQUEST_METHOD"], path, query, headers, body)


def _signature_answer(request: Request, problem: SignatureProblem, request_id: str) -> Answer:
    json_protocol = request.path.startswith("/v2/") or "x-amz-target" in request.headers
    code = (_JSON_CODES if json_protocol else _QUERY_CODES)[problem.kind]
    return _refuse(request, Refused(403, code, problem.text), request_id)


def _refuse(request: Request, refused: Refused, request_id: str) -> Answer:
    """A refusal in the form of the protocol that the caller speaks."""
    if request.path.startswith("/v2/"):
        return refusal_v2(refused)
    if "x-amz-target" in request.headers:
        body = json.dumps({"__type": refused.code, "message": refused.text}).encode()
        return Answer(refused.status, body, "application/x-amz-json-1.1")
    return refusal_xml(refused, request_id)


def _plain(status: int, text: str) -> Answer:
    return Answer(status, (text + "\n").encode(), "text/plain; charset=utf-8")
