"""A run as an HTML page that can be shared."""

__all__ = ()
