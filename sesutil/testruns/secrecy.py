"""Whether something looks like a secret, by its name or by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["looks_secret"]

_NAME = re.compile(
    r"secret|passw(or)?d|passphrase|credential|private_?key|access_?key|api_?key|session_?token|auth_?token|"
    r"^(aws_)?token$|bearer",
    re.IGNORECASE,
)
_SURE = (
    re.compile(r"(?<![A-Z0-9])(AKIA|ASIA)[A-Z0-9]{12,}"),  # the id of an access key
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\."),  # a JSON web token
)
# The secret of an access key: 40 letters, digits, / and +, of all kinds. What stands before an @ is none.
_KEY = r"(?=[A-Za-z0-9/+]*[a-z])(?=[A-Za-z0-9/+]*[A-Z])(?=[A-Za-z0-9/+]*[0-9])[A-Za-z0-9/+]{40}"
_KEY_IN = re.compile(rf"(?<![A-Za-z0-9/+=@]){_KEY}(?![A-Za-z0-9/+=@])")
_KEY_ALONE = re.compile(rf"\s*{_KEY}\s*")


def looks_secret(name: str, value: Any) -> bool:
    """Whether a parameter of this name and value looks like a secret.

    By its name (`accessKeySecret`, `password`, `session_token` …), or by a value that has the form of an
    access key's id, of its secret (40 letters, digits, `/`, `+`, of all kinds), of a private key, or of a
    JSON web token. A part of a path may have the form of a secret by chance: of `…_path` only the whole
    value counts so. Lists and mappings are looked through.
    """
    if _NAME.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)):
        return True
    if isinstance(value, str):
        key = _KEY_ALONE.fullmatch(value) if name.endswith("_path") else _KEY_IN.search(value)
        return key is not None or any(pattern.search(value) for pattern in _SURE)
    if isinstance(value, Mapping):
        return any(looks_secret(str(key), item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return any(looks_secret("", item) for item in value)
    return False
