"""The whole path, from an empty account to Logto sending: its steps, and how far it has come."""

from sesutil.path.reading import AskStatus, asked_once, read_path
from sesutil.path.steps import PATH_COLUMNS, PathStep, StepState, next_step, path_frame

__all__ = [
    "PATH_COLUMNS",
    "AskStatus",
    "PathStep",
    "StepState",
    "asked_once",
    "next_step",
    "path_frame",
    "read_path",
]
