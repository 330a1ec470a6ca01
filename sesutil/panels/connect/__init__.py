"""Which account, who one is there, and the key that Logto sends with."""

__all__ = ()
