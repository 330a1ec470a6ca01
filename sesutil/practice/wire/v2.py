"""SESv2 on the wire: REST-JSON.

Errors are a header `x-amzn-ErrorType` and a body `{"message": …}` with a small m, as recorded;
clients have lost the text over less. Addresses of operations come from botocore's model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, unquote

from botocore.loaders import create_loader
from botocore.model import ListShape, OperationModel, ServiceModel, StructureShape

from sesutil.addresses import AddressProblem, bare_address, parse_mailbox
from sesutil.practice.operations import account, configuration_sets, identities, sending, tags
from sesutil.practice.rules.authorization import Context, call_context, check_any_send, check_call
from sesutil.practice.rules.identities import configuration_set_arn, covering, find_identity, identity_arn
from sesutil.practice.rules.refusals import Refused, not_simulated
from sesutil.practice.rules.sending import SENDS
from sesutil.practice.rules.world import Caller, World
from sesutil.practice.wire.answers import Answer
from sesutil.practice.wire.constraints import check_constraints, known_parameters

__all__ = ["Call", "answer_v2", "read_v2", "refusal_v2"]

Operation = Callable[[World, Caller, dict[str, Any]], dict[str, Any]]

_OPERATIONS: dict[str, Operation] = {
    "".join(part.capitalize() for part in name.split("_")): getattr(module, name)
    for module in (account, configuration_sets, identities, sending, tags)
    for name in module.__all__
}

# The list calls moved from GET to POST in botocore 1.43.105; the AWS CLI and older SDKs use the old one.
_BOTH_ADDRESSES = (
    ("GET", "/v2/email/identities", "ListEmailIdentities"),
    ("POST", "/v2/email/list-identities", "ListEmailIdentities"),
    ("GET", "/v2/email/configuration-sets", "ListConfigurationSets"),
    ("POST", "/v2/email/list-configuration-sets", "ListConfigurationSets"),
)


class Call:
    """A request that is one of SESv2's operations."""

    def __init__(self, operation: OperationModel, labels: dict[str, str]) -> None:
        self.operation = operation
        self.labels = labels

    @property
    def name(self) -> str:
        return str(self.operation.name)


def read_v2(method: str, path: str) -> Call:
    """Which operation is meant; `path` as sent. Raises Refused."""
    return Call(*_find_operation(method, path))


def answer_v2(world: World, caller: Caller, call: Call, query: str, body: bytes) -> Answer:
    """Carries an operation out. A refusal is an answer like any other."""
    try:
        if call.name not in _OPERATIONS:
            raise not_simulated(f"SESv2 {call.name}")
        shape = call.operation.input_shape
        parameters = {**_read_query(query, shape), **_read_body(body), **call.labels}
        parameters = known_parameters(shape, parameters)
        with world.lock:
            context = call_context(caller, world.clock.now(), "2")
            if call.name in SENDS:
                _check_any_send(world, caller, parameters, context)
            else:
                check_call(caller, f"ses:{call.name}", _resource(world, caller, parameters), context)
            check_constraints(shape, parameters)
            result = _OPERATIONS[call.name](world, caller, parameters)
    except Refused as refused:
        return refusal_v2(refused)
    return Answer(200, json.dumps(result).encode(), "application/json")


def _check_any_send(world: World, caller: Caller, parameters: dict[str, Any], context: Context) -> None:
    """Before a send is looked at, a key is refused that may send by no identity at all.

    Unless an identity's own policy could allow it, or the sender is not named here: then the send
    itself is checked, later.
    """
    state = world.region(caller.region).state
    source = parameters.get("FromEmailAddress")
    if not source or "FromEmailAddressIdentityArn" in parameters:
        return
    if any(identity.policies for identity in state.identities.values()):
        return
    try:
        found = covering(state.identities.values(), parse_mailbox(source))
    except AddressProblem:
        found = []
    name = found[0].name if found else bare_address(source)
    arn = identity_arn(caller.region, world.account_id, name)
    raw = "Raw" in parameters.get("Content", {})
    check_any_send(caller, "ses:SendRawEmail" if raw else "ses:SendEmail", arn, context)


def _resource(world: World, caller: Caller, parameters: dict[str, Any]) -> str:
    """The ARN that a call is about; `*` for those that concern the account as a whole."""
    if (name := parameters.get("EmailIdentity")) is not None:
        known = find_identity(world.region(caller.region).state, name)
        return identity_arn(caller.region, world.account_id, known.name if known else name)
    if (arn := parameters.get("ResourceArn")) is not None:
        return str(arn)
    name = parameters.get("ConfigurationSetName")
    return configuration_set_arn(caller.region, world.account_id, name) if name is not None else "*"


def refusal_v2(refused: Refused) -> Answer:
    kind = f"{refused.code}:http://internal.amazon.com/coral/com.amazonaws.sesv2/"
    body = json.dumps({"message": refused.text}).encode()
    return Answer(refused.status, body, "application/json", {"x-amzn-ErrorType": kind})


@lru_cache(maxsize=1)
def _routes() -> list[tuple[str, re.Pattern[str], OperationModel]]:
    model = ServiceModel(create_loader().load_service_model("sesv2", "service-2"), "sesv2")
    routes = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        address = operation.http["requestUri"].split("?")[0]
        routes.append((operation.http["method"], _pattern(address), operation))
    for method, address, name in _BOTH_ADDRESSES:
        routes.append((method, _pattern(address), model.operation_model(name)))
    return routes


def _pattern(address: str) -> re.Pattern[str]:
    parts = re.split(r"(\{\w+\+?\})", address.rstrip("/"))
    return re.compile(
        "".join(
            f"(?P<{part[1:-1].rstrip('+')}>[^/]+)" if part.startswith("{") else re.escape(part)
            for part in parts
        )
        + "/?"
    )


def _find_operation(method: str, path: str) -> tuple[OperationModel, dict[str, str]]:
    for verb, pattern, operation in _routes():
        if verb == method and (match := pattern.fullmatch(path)):
            return operation, {name: unquote(value) for name, value in match.groupdict().items()}
    raise not_simulated(f"{method} {path}, which is no SESv2 operation known here")


def _read_query(query: str, shape: StructureShape | None) -> dict[str, Any]:
    """The parameters of calls that have them in the address: texts, numbers, and lists of texts."""
    members = shape.members if shape is not None else {}
    # Some are called otherwise in the address: Reasons is Reason there.
    names = {member.serialization.get("name", name): name for name, member in members.items()}
    found: dict[str, Any] = {}
    for wire_name, values in parse_qs(query).items():
        name = names.get(wire_name, wire_name)
        member = members.get(name)
        if isinstance(member, ListShape):
            found[name] = values
        elif member is not None and member.type_name == "integer" and re.fullmatch("[0-9]{1,9}", values[0]):
            found[name] = int(values[0])
        else:
            found[name] = values[0]
    return found


def _read_body(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        data = json.loads(body)
        # Half a surrogate pair is text for JSON, and for nothing that would have to keep it.
        json.dumps(data, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Refused(400, "SerializationException", None) from None
    if not isinstance(data, dict):
        raise Refused(400, "SerializationException", None)
    return data
