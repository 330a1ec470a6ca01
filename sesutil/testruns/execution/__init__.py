"""One run in a kernel of its own: executed, watched, and its record saved from whatever ends it."""

__all__ = ()
