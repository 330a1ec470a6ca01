"""The statistics by clicks."""

__all__ = ()
