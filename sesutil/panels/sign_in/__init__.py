"""Trying the sign-in: the code of a mail is typed, and judged as Logto would."""

__all__ = ()
