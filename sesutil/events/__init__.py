"""Delivery events: what became of each mail, as SES publishes it to a topic and a queue gets it."""

from __future__ import annotations

__all__ = ()
