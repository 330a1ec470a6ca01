"""The practice account in the foreground: what `sesutil practice` does."""

from __future__ import annotations

from pathlib import Path

from sesutil.account import domain_of
from sesutil.errors import InvalidConfig, PracticeError, ProjectError
from sesutil.launching import PracticeEndpoint, find_practice, practice_folder, stop_practice
from sesutil.practice.running import AlreadyRunning, forget, run
from sesutil.projects import CONFIG_NAME, load_config

__all__ = ["serve_practice"]


def serve_practice(
    project: Path,
    preset: str | None,
    region: str | None,
    domain: str | None,
    port: int | None,
    *,
    reset: bool,
    as_json: bool,
) -> None:
    """Serves in the foreground and prints what other programs need. Raises PracticeError.

    Where it is served already, it prints the same, and that is all.

    With `reset` the project's own account is stopped and made anew first. Without a Region and a
    domain, those that the project's config sends from.
    """
    if reset:
        stop_practice(practice_folder(project))
        forget(practice_folder(project))
    home_region, home_domain = _home_of(project)

    def announce(endpoint: PracticeEndpoint) -> None:
        print(endpoint.to_json() if as_json else _endpoint_text(endpoint), flush=True)

    def serve(place: Path) -> None:
        if (region or domain) and (place / "state.json").exists():
            raise PracticeError("A Region and a domain are for a new account: add --reset to make one.")
        if find_practice(place) is not None:
            raise AlreadyRunning(f"The practice account of {project} is running already.")
        run(
            place,
            preset=preset,
            region=region or home_region,
            domain=domain or home_domain,
            port=port,
            announce=announce,
        )

    place = practice_folder(project, preset)
    try:
        serve(place)
    except AlreadyRunning as error:
        beside = practice_folder(project, preset)
        if beside != place:  # another preset was made there in the same moment
            serve(beside)
            return
        endpoint = find_practice(place)
        if endpoint is None:
            raise
        if port is not None and endpoint.endpoint_url != f"http://127.0.0.1:{port}":
            raise PracticeError(
                f"{error} It is at {endpoint.endpoint_url}: stop it first, with sesutil practice --stop."
            ) from None
        # What was asked for is there: another terminal gets what the first one got.
        running = f"It is running already, as process {endpoint.pid}. Stop it with: sesutil practice --stop"
        print(endpoint.to_json() if as_json else _endpoint_text(endpoint, running), flush=True)


def _home_of(project: Path) -> tuple[str | None, str | None]:
    """The Region and the domain that the project's config sends from, where there is one that can be read."""
    try:
        config = load_config(project / CONFIG_NAME)
    except (InvalidConfig, ProjectError):
        return None, None
    return config.region, domain_of(config)


def _endpoint_text(endpoint: PracticeEndpoint, end: str = "Stop with Ctrl-C.") -> str:
    variables = "\n".join(f"export {name}={value}" for name, value in endpoint.environment().items())
    return (
        f"Practice account {endpoint.account_id} ({endpoint.preset}) in {endpoint.region}. "
        f"Nothing leaves this machine.\n\n{variables}\n\nInbox: {endpoint.inbox_url}\n"
        f"DNS: 127.0.0.1 port {endpoint.dns_port}, by UDP and TCP\n{end}"
    )
