"""The practice account in the foreground: what `sesutil practice` does."""

from __future__ import annotations

from pathlib import Path

from sesutil.account import domain_of
from sesutil.errors import InvalidConfig, PracticeError, ProjectError
from sesutil.launching import PracticeEndpoint, find_practice, stop_practice
from sesutil.practice.running import AlreadyRunning, forget, run
from sesutil.projects import CONFIG_NAME, load_config

__all__ = ["home_of", "reset_practice", "serve_practice"]


def reset_practice(place: Path) -> None:
    """Stops the folder's practice account and throws its state away."""
    stop_practice(place)
    forget(place)


def home_of(place: Path) -> tuple[str | None, str | None]:
    """The Region and the domain that the project's config sends from, where there is one that can be read."""
    try:
        config = load_config(place.parent.parent / CONFIG_NAME)
    except (InvalidConfig, ProjectError):
        return None, None
    return config.region, domain_of(config)


def serve_practice(
    place: Path,
    preset: str | None,
    region: str | None,
    domain: str | None,
    port: int | None,
    as_json: bool,
) -> None:
    """Serves in the foreground and prints what other programs need. Raises PracticeError."""

    def announce(endpoint: PracticeEndpoint) -> None:
        print(endpoint.to_json() if as_json else _endpoint_text(endpoint), flush=True)

    try:
        if find_practice(place) is not None:
            raise AlreadyRunning(f"The practice account of {place.parent.parent} is running already.")
        run(place, preset=preset, region=region, domain=domain, port=port, announce=announce)
    except AlreadyRunning as error:
        endpoint = find_practice(place)
        if endpoint is None:
            raise
        if as_json:
            print(endpoint.to_json(), flush=True)
        raise PracticeError(
            f"{error} It is process {endpoint.pid}, preset {endpoint.preset!r}, at "
            f"{endpoint.endpoint_url}. Use it, or stop it with: sesutil practice --stop"
        ) from None


def _endpoint_text(endpoint: PracticeEndpoint) -> str:
    variables = "\n".join(f"export {name}={value}" for name, value in endpoint.environment().items())
    return (
        f"Practice account {endpoint.account_id} ({endpoint.preset}) in {endpoint.region}. "
        f"Nothing leaves this machine.\n\n{variables}\n\nInbox: {endpoint.inbox_url}\nStop with Ctrl-C."
    )
