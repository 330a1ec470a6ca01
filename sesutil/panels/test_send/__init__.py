"""Sending one test mail, and seeing what becomes of it."""

__all__ = ()
