"""Configuration sets and their event destinations, as far as SNS topics go.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateConfigurationSetEventDestination.html
"""

from __future__ import annotations

import re
from typing import Any

from sesutil.practice.operations.paging import page
from sesutil.practice.rules.events import VALIDATED
from sesutil.practice.rules.identities import configuration_set_arn
from sesutil.practice.rules.model import ConfigurationSet, EventDestination
from sesutil.practice.rules.refusals import Refused, bad_request, no_configuration_set, not_simulated
from sesutil.practice.rules.world import Caller, World

__all__ = [
    "create_configuration_set",
    "create_configuration_set_event_destination",
    "delete_configuration_set",
    "delete_configuration_set_event_destination",
    "get_configuration_set",
    "get_configuration_set_event_destinations",
    "list_configuration_sets",
    "put_configuration_set_delivery_options",
    "put_configuration_set_reputation_options",
    "put_configuration_set_sending_options",
    "put_configuration_set_suppression_options",
    "update_configuration_set_event_destination",
]

MOST_DESTINATIONS = 10
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_KNOWN = {
    "ConfigurationSetName",
    "Tags",
    "DeliveryOptions",
    "ReputationOptions",
    "SendingOptions",
    "SuppressionOptions",
}
_OTHER_DESTINATIONS = ("KinesisFirehose", "CloudWatch", "EventBridge", "Pinpoint")


def create_configuration_set(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    for option in parameters.keys() - _KNOWN:
        raise not_simulated(f"CreateConfigurationSet with {option}")
    name = parameters["ConfigurationSetName"]
    _check_name("configuration set", name)
    sets = world.region(caller.region).state.configuration_sets
    if name in sets:
        raise Refused(400, "AlreadyExistsException", f"Configuration set <{name}> already exists.")
    made = ConfigurationSet(name=name, tags=parameters.get("Tags") or [])
    _deliver_so(made, parameters.get("DeliveryOptions") or {})
    made.reputation_metrics = bool(
        (parameters.get("ReputationOptions") or {}).get("ReputationMetricsEnabled", False)
    )
    made.sending_enabled = bool((parameters.get("SendingOptions") or {}).get("SendingEnabled", True))
    if "SuppressionOptions" in parameters:
        made.suppressed_reasons = _reasons(parameters["SuppressionOptions"])
    sets[name] = made
    world.on_change()
    return {}


def get_configuration_set(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    found = _find(world, caller, parameters)
    delivery: dict[str, Any] = {"TlsPolicy": found.tls_policy}
    if found.max_delivery_seconds is not None:
        delivery["MaxDeliverySeconds"] = found.max_delivery_seconds
    answer: dict[str, Any] = {
        "ConfigurationSetName": found.name,
        "DeliveryOptions": delivery,
        "ReputationOptions": {"ReputationMetricsEnabled": found.reputation_metrics},
        "SendingOptions": {"SendingEnabled": found.sending_enabled},
        "Tags": found.tags,
    }
    if found.suppressed_reasons is not None:
        answer["SuppressionOptions"] = {"SuppressedReasons": list(found.suppressed_reasons)}
    return answer


def delete_configuration_set(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    found = _find(world, caller, parameters)
    del world.region(caller.region).state.configuration_sets[found.name]
    world.on_change()
    return {}


def list_configuration_sets(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    names = list(world.region(caller.region).state.configuration_sets)
    return page("ConfigurationSets", names, parameters)


# -- options ----------------------------------------------------------------------------------------


def put_configuration_set_sending_options(
    world: World, caller: Caller, parameters: dict[str, Any]
) -> dict[str, Any]:
    _find(world, caller, parameters).sending_enabled = bool(parameters.get("SendingEnabled", False))
    world.on_change()
    return {}


def put_configuration_set_reputation_options(
    world: World, caller: Caller, parameters: dict[str, Any]
) -> dict[str, Any]:
    enabled = bool(parameters.get("ReputationMetricsEnabled", False))
    _find(world, caller, parameters).reputation_metrics = enabled
    world.on_change()
    return {}


def put_configuration_set_suppression_options(
    world: World, caller: Caller, parameters: dict[str, Any]
) -> dict[str, Any]:
    """Without reasons the account's count again; with an empty list the set heeds no list at all."""
    found = _find(world, caller, parameters)
    found.suppressed_reasons = _reasons(parameters) if "SuppressedReasons" in parameters else None
    world.on_change()
    return {}


def put_configuration_set_delivery_options(
    world: World, caller: Caller, parameters: dict[str, Any]
) -> dict[str, Any]:
    _deliver_so(_find(world, caller, parameters), parameters)
    world.on_change()
    return {}


def _deliver_so(found: ConfigurationSet, options: dict[str, Any]) -> None:
    if "SendingPoolName" in options:
        raise not_simulated("dedicated IP pools")
    found.tls_policy = options.get("TlsPolicy", "OPTIONAL")
    found.max_delivery_seconds = options.get("MaxDeliverySeconds")


def _reasons(options: dict[str, Any]) -> list[Any]:
    for option in options.keys() - {"SuppressedReasons", "ConfigurationSetName"}:
        raise not_simulated(f"suppression options with {option}")
    return list(options.get("SuppressedReasons") or [])


# -- event destinations -----------------------------------------------------------------------------


def create_configuration_set_event_destination(
    world: World, caller: Caller, parameters: dict[str, Any]
) -> dict[str, Any]:
    found, name = _find(world, caller, parameters), parameters["EventDestinationName"]
    _check_name("event destination", name)
    if any(one.name == name for one in found.destinations):
        raise Refused(400, "AlreadyExistsException", f"Event destination <{name}> already exists.")
    if len(found.destinations) >= MOST_DESTINATIONS:
        text = f"Configuration set <{found.name}> has {MOST_DESTINATIONS} event destinations already."
        raise Refused(400, "LimitExceededException", text)
    found.destinations.append(_destination(world, caller, found.name, name, parameters["EventDestination"]))
    world.on_change()
    return {}


def update_configuration_set_event_destination(
    world: World, caller: Caller, parameters: dict[str, Any]
) -> dict[str, Any]:
    found, place = _place(world, caller, parameters)
    name = parameters["EventDestinationName"]
    found.destinations[place] = _destination(world, caller, found.name, name, parameters["EventDestination"])
    world.on_change()
    return {}


def delete_configuration_set_event_destination(
    world: World, caller: Caller, parameters: dict[str, Any]
) -> dict[str, Any]:
    found, place = _place(world, caller, parameters)
    del found.destinations[place]
    world.on_change()
    return {}


def get_configuration_set_event_destinations(
    world: World, caller: Caller, parameters: dict[str, Any]
) -> dict[str, Any]:
    return {
        "EventDestinations": [
            {
                "Name": one.name,
                "Enabled": one.enabled,
                "MatchingEventTypes": list(one.kinds),
                "SnsDestination": {"TopicArn": one.topic_arn},
            }
            for one in _find(world, caller, parameters).destinations
        ]
    }


def _destination(
    world: World, caller: Caller, set_name: str, name: str, definition: dict[str, Any]
) -> EventDestination:
    """Checks the topic as SES does: by a first message to it. Texts of refusals are guesses.

    So is that a destination is refused whose topic's policy does not let SES publish.
    """
    for other in _OTHER_DESTINATIONS:
        if f"{other}Destination" in definition:
            raise not_simulated(f"event destinations of the kind {other}")
    if "SnsDestination" not in definition:
        raise bad_request("An event destination must have exactly one destination.")
    kinds = definition.get("MatchingEventTypes") or []
    if not kinds:
        raise bad_request("An event destination must have at least one event type.")
    topic = definition["SnsDestination"]["TopicArn"]
    parts = topic.split(":")
    if len(parts) != 6 or parts[2] != "sns" or parts[3] != caller.region or parts[5].endswith(".fifo"):
        raise bad_request(f"Invalid SNS topic ARN <{topic}>: it must be a standard topic of this Region.")
    if not world.topic_exists(topic):
        raise bad_request(f"SNS topic <{topic}> not found.")
    source = configuration_set_arn(caller.region, world.account_id, set_name)
    if not world.publish(topic, None, VALIDATED, source):
        raise bad_request(f"Could not publish to SNS topic: {topic}")
    return EventDestination(
        name=name, enabled=bool(definition.get("Enabled", False)), kinds=list(kinds), topic_arn=topic
    )


def _place(world: World, caller: Caller, parameters: dict[str, Any]) -> tuple[ConfigurationSet, int]:
    found, name = _find(world, caller, parameters), parameters["EventDestinationName"]
    for place, one in enumerate(found.destinations):
        if one.name == name:
            return found, place
    raise Refused(404, "NotFoundException", f"Event destination <{name}> does not exist.")


def _find(world: World, caller: Caller, parameters: dict[str, Any]) -> ConfigurationSet:
    name = parameters["ConfigurationSetName"]
    found = world.region(caller.region).state.configuration_sets.get(name)
    if found is None:
        raise no_configuration_set(name)
    return found


def _check_name(what: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise bad_request(  # text inferred
            f"Invalid {what} name <{name}>: only alphanumeric ASCII characters, '_', and '-' are allowed."
        )
