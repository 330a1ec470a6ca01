"""Tags of identities and configuration sets."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from sesutil.practice.rules.identities import find_identity
from sesutil.practice.rules.model import ConfigurationSet, Identity
from sesutil.practice.rules.refusals import Refused, bad_request
from sesutil.practice.rules.world import Caller, World

__all__ = ["list_tags_for_resource", "tag_resource", "untag_resource"]

_ARN = re.compile(r"arn:[\w-]+:ses:(?P<region>[\w-]+):(?P<account>\d{12}):(?P<kind>[\w-]+)/(?P<name>.+)")
MOST_TAGS = 50


def list_tags_for_resource(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    return {"Tags": list(_resource(world, caller, parameters).tags)}


def tag_resource(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    resource = _resource(world, caller, parameters)
    tags = {tag["Key"]: tag["Value"] for tag in (*resource.tags, *parameters["Tags"])}
    if len(tags) > MOST_TAGS:
        raise bad_request(f"A resource can have at most {MOST_TAGS} tags.")  # text guessed
    resource.tags = [{"Key": key, "Value": value} for key, value in tags.items()]
    world.on_change()
    return {}


def untag_resource(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    resource = _resource(world, caller, parameters)
    keys = parameters["TagKeys"]
    gone = {keys} if isinstance(keys, str) else set(keys)
    resource.tags = [tag for tag in resource.tags if tag["Key"] not in gone]
    world.on_change()
    return {}


def _resource(world: World, caller: Caller, parameters: dict[str, Any]) -> Identity | ConfigurationSet:
    arn = unquote(parameters["ResourceArn"])
    match = _ARN.fullmatch(arn)
    found: Identity | ConfigurationSet | None = None
    if match and match["region"] == caller.region and match["account"] == world.account_id:
        state = world.region(caller.region).state
        if match["kind"] == "identity":
            found = find_identity(state, match["name"])
        elif match["kind"] == "configuration-set":
            found = state.configuration_sets.get(match["name"])
    if found is None:
        raise Refused(404, "NotFoundException", f"Resource <{arn}> does not exist.")  # text guessed
    return found
