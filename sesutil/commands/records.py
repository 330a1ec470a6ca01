"""`sesutil records`."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sesutil.commands.accounts import (
    ConfigOption,
    EndpointOption,
    LiveOption,
    PresetOption,
    ProfileOption,
    RegionOption,
    connect_as_asked,
    connector_of,
)
from sesutil.commands.pieces import (
    FOUND_WRONG,
    JsonOption,
    UsageError,
    failures,
    print_json,
    write_output,
)

if TYPE_CHECKING:
    from sesutil.account import Account
    from sesutil.config import ConnectorConfig
    from sesutil.dns.judging import RecordVerdict
    from sesutil.identities import IdentityState

__all__ = ["records"]

Form = StrEnum("Form", [("table", "table"), ("bind", "bind"), ("csv", "csv"), ("route53", "route53")])


def records(
    identity: Annotated[
        str | None, typer.Argument(help="A registered domain or address; by default that of emailAddress.")
    ] = None,
    form: Annotated[
        Form,
        typer.Option(
            "--format",
            "-f",
            help="table: with what the DNS has now. bind: a zone file. csv. route53: a change batch that creates.",
        ),
    ] = Form.table,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file; else it is printed.")] = None,
    config: ConfigOption = None,
    live: LiveOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    endpoint_url: EndpointOption = None,
    preset: PresetOption = None,
    as_json: JsonOption = False,
) -> None:
    """The DNS records that an identity needs, and whether they are there.

    Exit code 1 when, in the table or as JSON, one that SES looks for is missing or wrong (not DMARC's).
    Changes nothing.
    """
    with failures(as_json):
        from sesutil.dns.asking import resolver_for
        from sesutil.dns.judging import judge_records
        from sesutil.dns.publishing import hosted_records
        from sesutil.dns.records import as_change_batch, as_csv, as_zone_file, expected_records
        from sesutil.errors import AwsError

        connector = connector_of(config)
        account = connect_as_asked(connector, live, profile, region, endpoint_url, preset=preset)
        state = _identity(account, connector, identity)
        expected = expected_records(state)
        if form.value == "bind" and not as_json:
            _give(as_zone_file(expected, state.domain), output)
        elif form.value == "csv" and not as_json:
            _give(as_csv(expected), output)
        elif form.value == "route53" and not as_json:
            _give(json.dumps(as_change_batch(expected), indent=2) + "\n", output)
        else:
            try:
                hosted = hosted_records(account, state.domain)
            except AwsError:
                hosted = []
            verdicts = judge_records(expected, resolver_for(account), hosted=hosted)
            if as_json:
                print_json({"identity": state.name, "records": [_record(one) for one in verdicts]})
            else:
                _give(_table(verdicts), output)
            if any(one.state in ("missing", "wrong") and one.record.purpose != "dmarc" for one in verdicts):
                raise typer.Exit(FOUND_WRONG)


def _identity(account: Account, connector: ConnectorConfig, name: str | None) -> IdentityState:
    from sesutil.addresses import AddressProblem, parse_mailbox
    from sesutil.identities import covering_identities, identity_name, read_identity

    if name is not None:
        state = read_identity(account, identity_name(name).name)
        if state is None:
            raise UsageError(
                f"There is no identity {name!r} in {account.region}. Create it first: 02-identity."
            )
        return state
    try:
        mailbox = parse_mailbox(connector.email_address or "")
    except AddressProblem as problem:
        raise UsageError(f"emailAddress: {problem}. Name the identity, or correct connector.json.") from None
    found = covering_identities(account, mailbox)
    domains = [one for one in found if one.kind == "DOMAIN"]
    if not found:
        raise UsageError(
            f"No identity in {account.region} covers {mailbox.address}. Create it first: 02-identity."
        )
    return (domains or found)[0]


def _give(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8"))
    else:
        write_output(output, text)


def _record(verdict: RecordVerdict) -> dict[str, Any]:
    record = verdict.record
    return {
        "purpose": record.purpose,
        "name": record.name,
        "type": record.type,
        "value": record.value,
        "state": verdict.state,
        "mistake": verdict.mistake,
        "found": list(verdict.found),
        "found_public": list(verdict.found_public),
        "sentence": verdict.sentence,
        "fix": verdict.fix,
    }


_SIGNS = {"found": "✓", "missing": "✗", "wrong": "✗", "spreading": "…", "unknown": "?"}


def _table(verdicts: list[RecordVerdict]) -> str:
    """A block per record: values are longer than a line, and are copied whole."""
    lines = []
    for one in verdicts:
        record = one.record
        lines.append(f"{_SIGNS[one.state]} {one.state:<9} {record.purpose:<9} {record.type}")
        lines.append(f"    name   {record.name}")
        lines.append(f"    value  {record.value}")
        if one.state != "found":
            lines.append(f"    {one.sentence}")
        if one.fix:
            lines.append(f"    next   {one.fix}")
    return "\n".join(lines) + "\n" if lines else "An address needs no records of its own.\n"
