"""Many runs from one YAML file: read, planned, carried out side by side, gone on with."""

__all__ = ()
