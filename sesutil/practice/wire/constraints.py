"""Parameters checked against botocore's model of SESv2, with the texts of AWS's own validation.

The form "N validation errors detected: Value at 'x' failed to satisfy constraint: …" is known
second-hand for SES; the wording of each constraint is that of other AWS services.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from sesutil.practice.rules.refusals import Refused, bad_request

__all__ = ["check_constraints", "known_parameters"]

_JSON_NAMES = {
    str: "STRING_VALUE",
    int: "NUMBER_VALUE",
    float: "NUMBER_VALUE",
    type(None): "NULL_VALUE",
}
_PYTHON_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "blob": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "double": (int, float),
    "float": (int, float),
    "timestamp": (int, float, str),
}


def known_parameters(shape: Shape | None, parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters that the model knows, nulls left out. Raises Refused for wrong types."""
    known = _known(shape, parameters) if shape is not None else {}
    assert isinstance(known, dict)
    return known


def check_constraints(shape: Shape | None, parameters: dict[str, Any]) -> None:
    """Raises Refused for values that the model does not allow, and for what is missing."""
    faults = list(_faults(shape, parameters, "")) if shape is not None else []
    if faults:
        count = "1 validation error" if len(faults) == 1 else f"{len(faults)} validation errors"
        raise bad_request(f"{count} detected: {'; '.join(faults)}")


def _known(shape: Shape, value: Any) -> Any:
    if isinstance(shape, StructureShape):
        if not isinstance(value, dict):
            raise _not_serializable(value, "structure or map")
        return {
            name: _known(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if isinstance(shape, ListShape):
        if not isinstance(value, list):
            raise _not_serializable(value, "list")
        return [_known(shape.member, item) for item in value]
    if isinstance(shape, MapShape):
        if not isinstance(value, dict):
            raise _not_serializable(value, "structure or map")
        return {key: _known(shape.value, item) for key, item in value.items()}
    wanted = _PYTHON_TYPES.get(shape.type_name, object)
    if not isinstance(value, wanted) or (isinstance(value, bool) and shape.type_name != "boolean"):
        raise _not_serializable(value, shape.type_name.capitalize())
    return value


def _faults(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        for name in shape.required_members:
            if name not in value:
                yield _fault(_member(path, name), "Member must not be null")
        for name, item in value.items():
            yield from _faults(shape.members[name], item, _member(path, name))
        return
    yield from _length_faults(shape, value, path)
    if isinstance(shape, ListShape):
        for number, item in enumerate(value, start=1):
            yield from _faults(shape.member, item, f"{path}.{number}.member")
    elif isinstance(value, str):
        allowed = getattr(shape, "enum", None)
        if allowed and value not in allowed:
            yield _fault(path, f"Member must satisfy enum value set: [{', '.join(allowed)}]")
        pattern = shape.metadata.get("pattern")
        if pattern and not re.fullmatch(pattern, value, re.DOTALL):
            yield _fault(path, f"Member must satisfy regular expression pattern: {pattern}")


def _length_faults(shape: Shape, value: Any, path: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if shape.name == "AmazonResourceName":
        low = None  # recorded (with v1): an empty ARN gets as far as "Invalid ARN <>."
    if isinstance(value, str | list):
        size, what = len(value), "have length"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        size, what = value, "have value"  # type: ignore[assignment]
    else:
        return
    if low is not None and size < low:
        yield _fault(path, f"Member must {what} greater than or equal to {low}")
    if high is not None and size > high:
        yield _fault(path, f"Member must {what} less than or equal to {high}")


def _fault(path: str, constraint: str) -> str:
    return f"Value at '{path}' failed to satisfy constraint: {constraint}"


def _member(path: str, name: str) -> str:
    own = name[0].lower() + name[1:]
    return f"{path}.{own}" if path else own


def _not_serializable(value: Any, wanted: str) -> Refused:
    if isinstance(value, dict):
        text = "Start of structure or map found where not expected."
    elif isinstance(value, list):
        text = "Start of list found where not expected."
    elif wanted in ("structure or map", "list"):
        text = f"Expected {wanted} or null"
    else:
        name = str(value).upper() + "_VALUE" if isinstance(value, bool) else _JSON_NAMES[type(value)]
        text = f"{name} cannot be converted to {wanted}"
    return Refused(400, "SerializationException", text)
