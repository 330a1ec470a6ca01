"""The way out of the sandbox."""

__all__ = ()
