"""SES v1 on the wire: the query protocol, and its way to refuse, which other services share."""

from __future__ import annotations

from collections.abc import Mapping

from sesutil.practice.operations.v1 import OPERATIONS_V1, as_v1
from sesutil.practice.rules.authorization import call_context, check_call
from sesutil.practice.rules.identities import identity_arn
from sesutil.practice.rules.refusals import Refused, not_simulated
from sesutil.practice.rules.sending import SENDS
from sesutil.practice.rules.world import Caller, World
from sesutil.practice.wire.answers import Answer
from sesutil.practice.wire.query_protocol import (
    answer_xml,
    check_required,
    escaped,
    operation_named,
    read_parameters,
)

__all__ = ["answer_v1", "refusal_v1", "refusal_xml"]

_NAMESPACE = "http://ses.amazonaws.com/doc/2010-12-01/"


def answer_v1(world: World, caller: Caller, fields: Mapping[str, str], request_id: str) -> Answer:
    """SES's older API, `Action=…` among the fields."""
    action = fields.get("Action", "")
    try:
        operation = operation_named(action)
        if operation is None or action not in OPERATIONS_V1:
            raise not_simulated(f"SES (v1) {action}" if action else "a call without an Action")
        parameters = read_parameters(operation, fields)
        check_required(operation, parameters)
        with world.lock:
            if action not in SENDS:
                name = (
                    parameters.get("EmailAddress") or parameters.get("Identity") or parameters.get("Domain")
                )
                resource = identity_arn(caller.region, world.account_id, name) if name else "*"
                check_call(caller, f"ses:{action}", resource, call_context(caller, world.clock.now(), "1"))
            result = OPERATIONS_V1[action](world, caller, parameters)
    except Refused as refused:
        return refusal_v1(refused, request_id)
    return Answer(200, answer_xml(operation, result, request_id), "text/xml")


def refusal_v1(refused: Refused, request_id: str) -> Answer:
    """A refusal of the shared rules, in v1's codes."""
    return refusal_xml(as_v1(refused), request_id)


def refusal_xml(refused: Refused, request_id: str) -> Answer:
    text = escaped(refused.text or "")
    kind = "Receiver" if refused.status >= 500 else "Sender"
    xml = (
        f'<ErrorResponse xmlns="{_NAMESPACE}"><Error><Type>{kind}</Type>'
        f"<Code>{escaped(refused.code)}</Code><Message>{text}</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return Answer(refused.status, xml.encode(), "text/xml")
