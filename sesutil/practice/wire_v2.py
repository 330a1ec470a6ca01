"""SESv2 on the wire: REST-JSON.

Errors are a header `x-amzn-ErrorType` and a body `{"message": …}` with a small m, as recorded;
clients have lost the text over less. Addresses of operations come from botocore's model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from botocore.loaders import create_loader
from botocore.model import OperationModel, ServiceModel

from sesutil.practice.constraints import check_parameters
from sesutil.practice.refusals import Refused, not_simulated
from sesutil.practice.world import Caller, World

__all__ = ["Answer", "answer_v2", "refusal_v2"]

_OPERATIONS: dict[str, Callable[[World, Caller, dict[str, Any]], dict[str, Any]]] = {
    "GetAccount": World.get_account,
    "PutAccountDetails": World.put_account_details,
    "CreateEmailIdentity": World.create_email_identity,
    "GetEmailIdentity": World.get_email_identity,
    "DeleteEmailIdentity": World.delete_email_identity,
    "ListEmailIdentities": World.list_email_identities,
    "CreateConfigurationSet": World.create_configuration_set,
    "GetConfigurationSet": World.get_configuration_set,
    "DeleteConfigurationSet": World.delete_configuration_set,
    "ListConfigurationSets": World.list_configuration_sets,
    "SendEmail": World.send_email,
}

# The list calls moved from GET to POST in botocore 1.43.105; the AWS CLI and older SDKs use the old one.
_BOTH_ADDRESSES = (
    ("GET", "/v2/email/identities", "ListEmailIdentities"),
    ("POST", "/v2/email/list-identities", "ListEmailIdentities"),
    ("GET", "/v2/email/configuration-sets", "ListConfigurationSets"),
    ("POST", "/v2/email/list-configuration-sets", "ListConfigurationSets"),
)


@dataclass
class Answer:
    """What goes back, whatever the protocol."""

    status: int
    body: bytes
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)


def answer_v2(world: World, caller: Caller, method: str, path: str, query: str, body: bytes) -> Answer:
    """`path` and `query` as sent. A refusal is an answer like any other."""
    try:
        operation, labels = _find_operation(method, path)
        if operation.name not in _OPERATIONS:
            raise not_simulated(f"SESv2 {operation.name}")
        parameters = {**_read_query(query), **_read_body(body), **labels}
        parameters = check_parameters(operation.input_shape, parameters)
        result = _OPERATIONS[operation.name](world, caller, parameters)
    except Refused as refused:
        return refusal_v2(refused)
    return Answer(200, json.dumps(result).encode(), "application/json")


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


def _read_query(query: str) -> dict[str, Any]:
    """The parameters of the old list calls; the only number among them is PageSize."""
    found: dict[str, Any] = dict(parse_qsl(query))
    if re.fullmatch("[0-9]{1,9}", found.get("PageSize", "")):
        found["PageSize"] = int(found["PageSize"])
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
