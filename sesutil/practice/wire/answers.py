"""What goes back, whatever the protocol."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Answer"]


@dataclass
class Answer:
    """An HTTP answer. `cut`: the connection ends without it."""

    status: int
    body: bytes
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
