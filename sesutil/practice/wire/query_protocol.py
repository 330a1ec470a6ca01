"""AWS's query protocol from the server's side, by botocore's model of SES v1: parameters in, XML out.

`Message.Body.Html.Data=…`, `Destination.ToAddresses.member.1=…` become the parameters that botocore was
given, and a result becomes the XML that it reads. Only what the model knows is looked at, so hostile names
cost no more than their length.

Texts are recorded with real SES unless marked as a guess: aws/aws-sdk-net#1212 and aws-sdk-ios#27 (null),
marckohlbrugge/sessy#190 (enums in a list), quambene/pigeon-rs#2 (base64), floci-io/floci, probed in 2026
(booleans, index 0, a single enum).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from botocore.loaders import create_loader
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape

from sesutil.practice.rules.refusals import Refused

__all__ = ["answer_xml", "check_required", "escaped", "operation_named", "read_parameters", "read_query"]

_Fields = list[tuple[str | None, str]]
"""What is left of each field's name (None: it is the thing itself that is named), and the value."""

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_INTEGER_BITS = {"integer": 31, "long": 63}
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_DOUBLE = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|-?INF|-?Infinity|NaN")
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_RECORDED_SETS = {
    "BehaviorOnMXFailure": ["RejectMessage", "UseDefaultValue"],
    "EventType": "click bounce send open complaint delivery renderingFailure reject".split(),
}
"""Sets in the order in which SES names them, which follows no rule known here; else the model's order."""


def read_query(body: bytes, query: str) -> dict[str, str]:
    """The form's fields, or those of the query string when there is no body. The first of a name counts."""
    fields: dict[str, str] = {}
    for name, value in parse_qsl(body.decode("utf-8", "replace") or query, keep_blank_values=True):
        fields.setdefault(name, value)
    return fields


def operation_named(action: str, service: str = "ses") -> OperationModel | None:
    """An operation of SES v1, or of another service that speaks this protocol."""
    model = _service(service)
    return model.operation_model(action) if action in model.operation_names else None


@lru_cache(maxsize=4)
def _service(name: str) -> ServiceModel:
    return ServiceModel(create_loader().load_service_model(name, "service-2"), name)


# -- parameters -----------------------------------------------------------------------------------


def read_parameters(operation: OperationModel, fields: Mapping[str, str]) -> dict[str, Any]:
    """The parameters that the model knows, by its names; those not given are left out.

    Two things are as SES does them: a required boolean that is not given is false, and not a fault
    (recorded), and `X=` is an empty list. Blobs become bytes; timestamps stay text. Members of a list come
    in the order of their numbers; gaps are closed. Raises Refused (MalformedInput).
    """
    if operation.input_shape is None:
        return {}
    there: _Fields = [(None, "")]  # the parameters as a whole are there even when no single one is
    parameters = _read(operation.input_shape, there + list(fields.items()))
    assert isinstance(parameters, dict)
    return parameters


def _read(shape: Shape, fields: _Fields) -> Any:
    """The value of a shape; None when it is not there."""
    if isinstance(shape, StructureShape):
        return _read_structure(shape, fields)
    if isinstance(shape, ListShape):
        return _read_list(shape, fields)
    if isinstance(shape, MapShape):
        return _read_map(shape, fields)
    text = _own(fields)
    return None if text is None else _read_text(shape.type_name, text)


def _read_structure(shape: StructureShape, fields: _Fields) -> dict[str, Any] | None:
    own = _own(fields)
    if own:
        raise _malformed("Unexpected complex element termination")  # recorded with other services
    given = _by_first_part(fields)
    found = {}
    for name, member in shape.members.items():
        value = _read(member, given.get(_wire_name(name, member), []))
        if value is not None:
            found[name] = value
    if not found and own is None:
        return None
    for name in shape.required_members:
        if shape.members[name].type_name == "boolean":
            found.setdefault(name, False)
    return found


def _read_list(shape: ListShape, fields: _Fields) -> list[Any] | None:
    own = _own(fields)
    if own:
        raise _malformed("Unexpected list element termination")  # jeffgeerling.com: a list given as one text
    if not shape.serialization.get("flattened"):
        fields = _by_first_part(fields).get(_wire_name("member", shape.member), [])
    values = [_read(shape.member, place) for place in _by_number(fields)]
    found = [value for value in values if value is not None]
    return found if found or own is not None else None


def _read_map(shape: MapShape, fields: _Fields) -> dict[str, Any] | None:
    own = _own(fields)
    if own:
        raise _malformed("Unexpected complex element termination")  # a guess
    if not shape.serialization.get("flattened"):
        fields = _by_first_part(fields).get("entry", [])
    found: dict[str, Any] = {}
    for place in _by_number(fields):
        parts = _by_first_part(place)
        key = _read(shape.key, parts.get(_wire_name("key", shape.key), []))
        value = _read(shape.value, parts.get(_wire_name("value", shape.value), []))
        if key is not None and value is not None:
            found.setdefault(key, value)
    return found if found or own is not None else None


def _own(fields: _Fields) -> str | None:
    return next((value for rest, value in fields if rest is None), None)


def _by_first_part(fields: Iterable[tuple[str | None, str]]) -> dict[str, _Fields]:
    parts: dict[str, _Fields] = {}
    for name, value in fields:
        if name is not None:
            first, dot, rest = name.partition(".")
            parts.setdefault(first, []).append((rest if dot else None, value))
    return parts


def _by_number(fields: _Fields) -> list[_Fields]:
    """The members of a list in order. What is no number is not known; a number may be of any length."""
    places: dict[tuple[int, str], _Fields] = {}
    for token, place in _by_first_part(fields).items():
        if token.isascii() and token.isdigit():
            digits = token.lstrip("0")
            if not digits:
                raise _malformed("0 is not a valid index")
            places.setdefault((len(digits), digits), place)
    return [places[number] for number in sorted(places)]


def _read_text(kind: str, text: str) -> Any:
    if kind == "boolean":
        if text not in _BOOLEANS:
            raise _not_a("boolean", text)
        return _BOOLEANS[text]
    if kind in _INTEGER_BITS:
        largest = 2 ** _INTEGER_BITS[kind] - 1
        if not _INTEGER.fullmatch(text) or not -largest - 1 <= int(text) <= largest:
            raise _not_a(kind, text)
        return int(text)
    if kind in ("double", "float"):
        if not _DOUBLE.fullmatch(text):
            raise _not_a(kind, text)
        return float(text)
    if kind == "blob":
        try:
            return base64.b64decode(re.sub(r"[\r\n]", "", text), validate=True)
        except ValueError:
            raise _malformed("Invalid Base64 encoding") from None
    return text


def _not_a(kind: str, text: str) -> Refused:
    """Recorded for booleans, a guess for numbers."""
    return _malformed(f"{kind} must follow xsd1.1 definition" if text else f"missing value for {kind} type")


def _malformed(text: str) -> Refused:
    return Refused(400, "MalformedInput", text)


def _wire_name(name: str, shape: Shape) -> str:
    """A member's name on the wire. A flattened list may go by the name of its members."""
    own: str = shape.serialization.get("name") or name
    if isinstance(shape, ListShape) and shape.serialization.get("flattened"):
        return shape.member.serialization.get("name") or own
    return own


# -- constraints ----------------------------------------------------------------------------------


def check_required(operation: OperationModel, parameters: Mapping[str, Any]) -> None:
    """Raises Refused (ValidationError) when something required is missing or a value is not in its set.

    All faults in one text, in the model's order; the order of SES is not known.
    """
    if operation.input_shape is None:
        return
    faults = list(_faults(operation.input_shape, parameters, ""))
    if faults:
        count = "1 validation error" if len(faults) == 1 else f"{len(faults)} validation errors"
        raise Refused(400, "ValidationError", f"{count} detected: {'; '.join(faults)}")


def _faults(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            place = f"{path}.{name[0].lower()}{name[1:]}".lstrip(".")
            if value.get(name) is not None:
                yield from _faults(member, value[name], place)
            elif name in shape.required_members:
                yield f"Value null at '{place}' failed to satisfy constraint: Member must not be null"
    elif isinstance(shape, ListShape):
        if not (allowed := _allowed(shape.member)):
            for number, item in enumerate(value, start=1):
                yield from _faults(shape.member, item, f"{path}.{number}.member")
        elif not set(value) <= set(allowed):
            yield (
                f"Value at '{path}' failed to satisfy constraint: Member must satisfy constraint: "
                f"[Member must satisfy enum value set: [{', '.join(allowed)}]]"
            )
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield from _faults(shape.value, item, f"{path}.{key}.member")
    elif (allowed := _allowed(shape)) and value not in allowed:
        yield (
            f"Value at '{path}' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(allowed)}]"
        )


def _allowed(shape: Shape) -> list[str]:
    """The set that a text must be of, as SES names it; empty when any text will do."""
    allowed: list[str] = shape.metadata.get("enum") or []
    recorded = _RECORDED_SETS.get(shape.name, [])
    return recorded if sorted(recorded) == sorted(allowed) else allowed


# -- answers --------------------------------------------------------------------------------------


def answer_xml(operation: OperationModel, result: Mapping[str, Any], request_id: str) -> bytes:
    """A success. `result` is by the model's names, timestamps in epoch seconds; what is None is left out.

    Raises ValueError for a name that the model does not know: no client would see that member.
    """
    answer = ""
    if isinstance(shape := operation.output_shape, StructureShape):
        wrapper = shape.serialization.get("resultWrapper") or f"{operation.name}Result"
        answer = _element(wrapper, _members_xml(shape, result))
    elif result:
        raise ValueError(f"{operation.name} answers nothing, and not {', '.join(result)}")
    answer += _element("ResponseMetadata", _element("RequestId", escaped(request_id)))
    name = f"{operation.name}Response"
    return f'<{name} xmlns="{operation.metadata["xmlNamespace"]}">{answer}</{name}>'.encode()


def _members_xml(shape: StructureShape, value: Mapping[str, Any]) -> str:
    if unknown := value.keys() - shape.members.keys():
        raise ValueError(f"{shape.name} has no {', '.join(sorted(unknown))}")
    return "".join(
        _xml(_wire_name(name, member), member, value[name])
        for name, member in shape.members.items()
        if value.get(name) is not None
    )


def _xml(name: str, shape: Shape, value: Any) -> str:
    flattened = shape.serialization.get("flattened")
    if isinstance(shape, StructureShape):
        return _element(name, _members_xml(shape, value))
    if isinstance(shape, ListShape):
        each = name if flattened else _wire_name("member", shape.member)
        items = "".join(_xml(each, shape.member, item) for item in value)
        return items if flattened else _element(name, items)
    if isinstance(shape, MapShape):
        key_name, value_name = _wire_name("key", shape.key), _wire_name("value", shape.value)
        entries = "".join(
            _element(
                name if flattened else "entry",
                _xml(key_name, shape.key, key) + _xml(value_name, shape.value, item),
            )
            for key, item in value.items()
        )
        return entries if flattened else _element(name, entries)
    return _element(name, escaped(_text(shape.type_name, value)))


def _text(kind: str, value: Any) -> str:
    if kind == "boolean":
        return "true" if value else "false"
    if kind in _INTEGER_BITS:
        return str(int(value))
    if kind in ("double", "float"):
        return repr(float(value))
    if kind == "timestamp":
        return datetime.fromtimestamp(value, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if kind == "blob":
        return base64.b64encode(value).decode()
    return str(value)


def _element(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>" if content else f"<{name}/>"


def escaped(text: str) -> str:
    """As XML. Characters that it cannot hold become "?"; a bare CR would be read as a line feed."""
    return escape(_NOT_XML.sub("?", text), {"\r": "&#13;"})
