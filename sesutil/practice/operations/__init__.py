"""The operations of the SES API. Each takes the World, the caller, and parameters that fit the model.

Whoever calls one holds the World's lock, and has checked the key's permission for it; sends check
their own. Answers are what the wire carries, times in seconds since the epoch. Raise Refused.
"""

__all__ = ()
