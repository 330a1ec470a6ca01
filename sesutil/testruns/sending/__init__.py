"""Each mail of a run by one call: paced, guarded against the quota, stopped where every mail would fail."""

__all__ = ()
