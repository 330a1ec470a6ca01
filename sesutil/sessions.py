"""boto3 sessions: what they share, and what they do not take from the environment."""

from __future__ import annotations

import threading

import boto3
import botocore.loaders
import botocore.session

__all__ = ["core_without_profile", "new_session"]

_models: dict[str | None, botocore.loaders.Loader] = {}
_models_lock = threading.Lock()


def new_session(
    core: botocore.session.Session, *, profile_name: str | None = None, **settings: str | None
) -> boto3.Session:
    """A session that shares what botocore knows of the services: reading it is most of a connect's work.

    `settings` are those of boto3.Session.
    """
    if profile_name is not None:
        core.set_config_variable("profile", profile_name)
    place = core.get_config_variable("data_path")
    with _models_lock:
        loader = _models.get(place)
        if loader is None:
            loader = _models[place] = botocore.loaders.create_loader(place)
        core.register_component("data_loader", loader)
        session = boto3.Session(botocore_session=core, profile_name=profile_name, **settings)
        loader.search_paths[:] = dict.fromkeys(loader.search_paths)  # each session has added boto3's own
    return session


def core_without_profile() -> botocore.session.Session:
    """A botocore session of its own: a profile in the environment has no say in it."""
    return botocore.session.Session(session_vars={"profile": (None, None, None, None)})
