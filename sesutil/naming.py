"""The nearest known name for one that is not known."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher, get_close_matches

__all__ = ["nearest"]


def nearest(name: str, known: Sequence[str]) -> str:
    """`'Signin'. Do you mean SignIn?`, or all that are known where none is near."""
    near = get_close_matches(name, known, n=2, cutoff=0.5)
    if len(near) == 2 and _likeness(name, near[0]) - _likeness(name, near[1]) > 0.2:
        del near[1]
    meant = f"Do you mean {' or '.join(near)}?" if near else f"Known are: {', '.join(known)}."
    return f"{name!r}. {meant}"


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()
