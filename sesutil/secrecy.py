"""Whether something looks like a secret, by its name or by itself.

The form of a secret is told by a mixture, not by a length. AWS does not say how its keys are made: the secret
of an access key has 40 characters, an SMTP password 44, a session token hundreds, and wrapped in base64 each
is longer. What they share: 32 or more characters of base64 (or of its form for URLs), capitals and small
letters mixed, and few of them in anything like a word. Names, paths and ARNs are as long and as mixed, but
half of their characters and more are in words; digits in a row (years, times, account ids) and hexadecimal
numbers count for nothing. By chance about one secret in a thousand has as many words as a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

__all__ = ["hide_secrets", "looks_secret"]

_SHORTEST = 32
_WINDOW, _STEP = 36, 4  # so that one of them lies within any 40
_MIXED = 0.1
_WORDS = 0.5

_NAME = re.compile(
    r"secret|passw(or)?[dt]|passphrase|(?:^|[\s_-])pwd$|credential|bearer|(?:^|[\s_-])jwt$|"
    r"(?:private|access|api)[\s_-]*key|(?:session|auth|security|access|api)[\s_-]*token|(?:^|[\s_-])token$",
    re.IGNORECASE,
)
_SURE = (
    re.compile(
        r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----[A-Za-z0-9+/=\s]*(?:-----END [A-Z ]{0,40}-----)?"
    ),
    re.compile(  # a JSON web token
        r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*"
    ),
    re.compile(r"(?<![A-Za-z0-9])(?:IQoJ|FwoG|FQoG|AQoD)[A-Za-z0-9+/_%-]{28,}={0,2}"),  # a session token
    re.compile(r"(?<![A-Za-z0-9])(?:gh[oprsu]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|glpat-[\w-]{16,})"),
    re.compile(r"(?<![A-Za-z0-9])xox[a-z]-[A-Za-z0-9-]{10,}"),  # Slack's
)
_KEY_ID = re.compile(r"(?<![A-Za-z0-9])(AKIA|ASIA)[A-Z0-9]{12,}")
_KEY_ID_OUTSIDE = re.compile(r"(?<![A-Za-z0-9])(AKIA|ASIA)[A-Z0-9]{4,}")  # where nobody chose a name
_PASSWORD_IN_URL = re.compile(
    r"((?<![A-Za-z0-9+.-])[a-z][a-z0-9+.-]{1,20}://[^\s/:@?#]{0,100}:)([^\s/@]{3,200})(?=@)", re.IGNORECASE
)
_NAMED = re.compile(
    r"((?:secret[\s_-]?(?:access[\s_-]?)?key|(?:session|security|auth)[\s_-]?token|api[\s_-]?key|password|passwd|"
    r"access[\s_-]?key[\s_-]?secret|client[\s_-]?secret)[\"']?\s{0,4}[=:]\s{0,4}[\"']?)([^\s\"',;&<]{4,})",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(\bbearer\s+)([\w.~+/-]{16,}=*)", re.IGNORECASE)
# Base64, also for URLs, also quoted for them, or for JSON.
_TOKEN = re.compile(r"(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/_-]|%2[BbFf]|%3[Dd]|\\/)++=*+", re.ASCII)
# There, too: neither ids nor paths have a plus.
_WITH_PLUS = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])(?=.*\+)[A-Za-z0-9+/]{36,}=*")
_AT = re.compile("@|%40")  # somebody's address may be anything
_ARN = re.compile(r"\barn:[a-z-]+:[^\s\"'<>]*")
_WORD = re.compile(r"[A-Z]?[a-z]{2,}")
_LONG_WORD = 8
_UNSPEAKABLE = re.compile(
    r"^[^aeiouy]*$|[bcdfghjklmnpqrstvwxz]{4}|q[^u]|[jqvxz]$|[^aeiou]j|v[^aeiouy]|x[bdfgjkmnqrsvwz]|"
    r"z[bcdfgjkmnpqrstvwx]",
    re.IGNORECASE,
)
_ORDERLY = re.compile(r"(?<![A-Za-z0-9])(?:[0-9a-f]{8,}|[0-9A-F]{8,})(?![A-Za-z0-9])|[0-9]{4,}")


def looks_secret(name: str, value: Any) -> bool:
    """Whether a parameter of this name and value looks like a secret.

    By its name (`accessKeySecret`, `api-key`, `session token` …), or by a value that holds one: an access
    key's id, a private key, a token of AWS, GitHub, GitLab or Slack, a JSON web token, `password=…`, a
    password in a URL, or 32 and more characters that no word is made of (see the module). What stands
    before an @ is an address. Folders may be called as they like: of `…_path` only the whole value counts
    by its form. Lists and mappings are looked through.
    """
    if _NAME.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)):
        return True
    if isinstance(value, str):
        return _holds_secret(value, path=name.endswith("_path"))
    if isinstance(value, Mapping):
        return any(looks_secret(str(key), item) for key, item in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return any(looks_secret("", item) for item in value)
    return False


def hide_secrets(text: str, mask: str, *, dots: str) -> str:
    """The text with `mask` for all that has the form of a secret; of a key's id the kind stays, and `dots`.

    ARNs stay, and so do addresses, paths and ids whose parts are words and numbers.
    """
    for pattern in _SURE:
        text = pattern.sub(mask, text)
    for pattern in (_PASSWORD_IN_URL, _NAMED, _BEARER):
        text = pattern.sub(lambda found: found[1] + mask, text)
    parts, place = [], 0
    for token in _tokens(text):
        with_plus = _WITH_PLUS.fullmatch(token[0]) and not _AT.match(text, token.end())
        if not (with_plus or _is_random(token[0])):
            continue
        parts += [text[place : token.start()], mask]
        place = token.end()
    text = "".join([*parts, text[place:]])
    return _KEY_ID_OUTSIDE.sub(lambda found: found[1] + dots, text)


def _holds_secret(value: str, *, path: bool) -> bool:
    if any(pattern.search(value) for pattern in (*_SURE, _KEY_ID, _PASSWORD_IN_URL, _BEARER)):
        return True
    # "Forgot password: all languages" names no secret.
    if any("=" in found[1] or re.search(r"\d", found[2]) for found in _NAMED.finditer(value)):
        return True
    if path:
        return _TOKEN.fullmatch(value.strip()) is not None and _is_random(value.strip())
    return any(_is_random(token[0]) and not _AT.match(value, token.end()) for token in _tokens(value))


def _tokens(text: str) -> Iterator[re.Match[str]]:
    """What is long enough, and no part of an ARN."""
    arns = [found.span() for found in _ARN.finditer(text)]
    for token in _TOKEN.finditer(text):
        while arns and arns[0][1] <= token.start():
            del arns[0]
        if len(token[0]) >= _SHORTEST and not (arns and arns[0][0] <= token.start()):
            yield token


def _is_random(token: str) -> bool:
    """Whether it, or a part of it, is such a mixture: one between hyphens, and any 36 characters on end."""
    text = _ORDERLY.sub("", unquote(token).replace("\\/", "/").rstrip("="))
    parts = {text, *re.split(r"[-_]", text), *text.split("/")}
    return any(_is_mixture(part) for part in parts) or any(
        _is_mixture(text[at : at + _WINDOW]) for at in range(0, len(text) - _WINDOW + 1, _STEP)
    )


def _is_mixture(text: str) -> bool:
    number = sum(letter.isalnum() for letter in text)
    if len(text) < _SHORTEST or number == 0:
        return False
    capitals = sum(letter.isupper() for letter in text)
    small = sum(letter.islower() for letter in text)
    if min(capitals, small) < _MIXED * number:
        return False
    words = (word for word in _WORD.findall(text) if len(word) >= _LONG_WORD or not _UNSPEAKABLE.search(word))
    return sum(map(len, words)) < _WORDS * number
