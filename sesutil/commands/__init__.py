"""The commands of the command line, a file per subject; `sesutil.cli` puts them together."""

__all__ = ()
