"""The connector config as data: Logto's nine fields, checked by Logto's rules and no others.

The rules are those of `awsSesConfigGuard` in `@logto/connector-aws-ses`: every field a string,
`null` refused, unknown keys dropped, and templates for the four usage types that Logto cannot do
without. Whether an address or a region is real is not asked here; SES asks.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    InstanceOf,
    SecretStr,
    ValidationError,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from sesutil.errors import InvalidConfig, Issue, TemplateNotFound

__all__ = [
    "REQUIRED_USAGE_TYPES",
    "ConnectorConfig",
    "EmailTemplate",
    "UsageType",
    "parse_config",
    "pick_template",
    "read_json",
]


class UsageType(StrEnum):
    """What a mail is for: the nine template types that Logto sends."""

    SIGN_IN = "SignIn"
    REGISTER = "Register"
    FORGOT_PASSWORD = "ForgotPassword"
    ORGANIZATION_INVITATION = "OrganizationInvitation"
    GENERIC = "Generic"
    USER_PERMISSION_VALIDATION = "UserPermissionValidation"
    BIND_NEW_IDENTIFIER = "BindNewIdentifier"
    MFA_VERIFICATION = "MfaVerification"
    BIND_MFA = "BindMfa"


REQUIRED_USAGE_TYPES = ("Register", "SignIn", "ForgotPassword", "Generic")
"""Without a template for each of these Logto refuses the config. The order is that of its message."""


# Any text, lone surrogates included: pydantic's own string check refuses those, JavaScript does not.
Text: TypeAlias = InstanceOf[str]


class _LogtoModel(BaseModel):
    # Errors must not show the input: it may be the secret.
    model_config = ConfigDict(frozen=True, extra="ignore", validate_by_name=True, hide_input_in_errors=True)


class EmailTemplate(_LogtoModel):
    """One mail of the connector: for which usage type, its subject, its HTML content.

    `usage_type` is any text, as in Logto; the nine that Logto sends are in `UsageType`.
    """

    usage_type: Text = Field(alias="usageType")
    subject: Text
    content: Text


def _all_required(templates: tuple[EmailTemplate, ...]) -> tuple[EmailTemplate, ...]:
    present = {template.usage_type for template in templates}
    missing = [name for name in REQUIRED_USAGE_TYPES if name not in present]
    if missing:
        raise PydanticCustomError(
            "missing_usage_types",
            "Template with UsageType ({names}) should be provided!",  # Logto's text: people search for it
            {"names": ", ".join(missing)},
        )
    return templates


class ConnectorConfig(_LogtoModel):
    """Logto's connector config. Two are equal when all their fields are; `repr` masks the secret.

    `access_key_id` and `access_key_secret` are None only when the config was read for use with
    the AWS credential chain (`parse_config(..., keys_required=False)`): Logto itself needs both.
    """

    access_key_id: Text | None = Field(alias="accessKeyId")
    access_key_secret: SecretStr | None = Field(alias="accessKeySecret")
    region: Text
    email_address: Text | None = Field(None, alias="emailAddress")
    email_address_identity_arn: Text | None = Field(None, alias="emailAddressIdentityArn")
    feedback_forwarding_email_address: Text | None = Field(None, alias="feedbackForwardingEmailAddress")
    feedback_forwarding_email_address_identity_arn: Text | None = Field(
        None, alias="feedbackForwardingEmailAddressIdentityArn"
    )
    configuration_set_name: Text | None = Field(None, alias="configurationSetName")
    templates: Annotated[tuple[EmailTemplate, ...], AfterValidator(_all_required)]

    def to_logto(self) -> dict[str, Any]:
        """The config as Logto takes it, the secret in clear: for Logto's API or form, not for show.

        Fields that are not set are left out, since Logto refuses null. Raises InvalidConfig when
        the access key is missing: it may be left out for sesutil, not for Logto.
        """
        missing = [
            Issue((key,), "is left out here, and Logto needs it. Give the sending user's access key.")
            for key, value in (
                ("accessKeyId", self.access_key_id),
                ("accessKeySecret", self.access_key_secret),
            )
            if value is None
        ]
        if missing:
            raise InvalidConfig(missing)
        data = self.model_dump(by_alias=True, exclude_none=True)
        assert self.access_key_secret is not None
        data["accessKeySecret"] = self.access_key_secret.get_secret_value()
        data["templates"] = list(data["templates"])
        return data

    def usage_types(self) -> list[str]:
        """The usage types with a template of their own, in the config's order, each once."""
        return list(dict.fromkeys(template.usage_type for template in self.templates))


def parse_config(
    document: Any, *, name: str = "the connector config", keys_required: bool = True
) -> ConnectorConfig:
    """The config from a JSON document already read; `name` is what the error calls it.

    With `keys_required=False` the access key may be left out, for a project whose credentials
    come from an AWS profile or the environment; the secret may be left out alone, the id may not.
    """
    if not isinstance(document, Mapping):
        raise InvalidConfig([Issue((), f"should be a JSON object, is {_json_kind(document)}.")], name)
    data = dict(document)
    if not keys_required:
        data.setdefault("accessKeySecret", None)
        if data["accessKeySecret"] is None:  # a secret without its id is a mistake
            data.setdefault("accessKeyId", None)
    try:
        config = ConnectorConfig.model_validate(data, by_name=False, by_alias=True)
    except ValidationError as error:
        issues = [_issue(detail) for detail in error.errors(include_url=False)]
    else:
        issues = []
    issues += _refused_nulls(document)
    if issues:
        raise InvalidConfig(_once(issues), name)
    return config


def read_json(path: str | PathLike[str]) -> Any:
    """The JSON document in a file. Raises InvalidConfig with the place of the fault."""
    name = str(path)
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        message = "is not there. `sesutil init` makes a project with a connector.json."
    except IsADirectoryError:
        message = "is a folder. Name the JSON file in it."
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 text (byte {error.start}). Save it as UTF-8."
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        message = f"cannot be read: {getattr(error, 'strerror', None) or error}."
    else:
        if not text.strip():
            message = "is empty. `sesutil init` in a new folder makes one to start from."
        else:
            try:
                return json.loads(text, parse_constant=_no_constant)
            except json.JSONDecodeError as error:
                message = f"is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
            except RecursionError:
                message = "is nested too deeply to be a connector config."
            except ValueError as error:
                message = f"is not JSON: {error}."
    raise InvalidConfig([Issue((), message)], name)


def pick_template(
    config: ConnectorConfig,
    usage_type: str,
    localized: EmailTemplate | Mapping[str, Any] | None = None,
) -> EmailTemplate:
    """The template that Logto takes: the localised one from its database if there is one, else the
    config's first of the usage type, else the config's first Generic.

    `localized` may be a mapping as Logto's database has it; only `subject` and `content` count.
    Raises TemplateNotFound, and InvalidConfig for a localised template without its two texts.
    """
    if localized is not None:
        if isinstance(localized, EmailTemplate):
            return localized
        if not isinstance(localized, Mapping):
            issue = Issue((), f"should be an object, is {_json_kind(localized)}.")  # type: ignore[unreachable]
            raise InvalidConfig([issue], "the localised template")
        try:
            return EmailTemplate.model_validate({**localized, "usageType": str(usage_type)})
        except ValidationError as error:
            issues = [_issue(detail) for detail in error.errors(include_url=False)]
            raise InvalidConfig(issues, "the localised template") from None
    for wanted in (usage_type, "Generic"):
        for template in config.templates:
            if template.usage_type == wanted:
                return template
    raise TemplateNotFound(usage_type)


_EXPECTED = {
    "string_type": "a string",
    "is_instance_of": "a string",
    "tuple_type": "a list",
    "model_type": "an object",
    "dict_type": "an object",
    "model_attributes_type": "an object",
}


def _issue(detail: ErrorDetails) -> Issue:
    """pydantic's error in the words of this package. `detail["input"]` never gets into the text."""
    path = tuple(detail["loc"])
    kind = detail["type"]
    if kind == "missing":
        return Issue(path, "is required.")
    if kind in _EXPECTED:
        return Issue(path, f"should be {_EXPECTED[kind]}, is {_json_kind(detail['input'])}.")
    return Issue(path, detail["msg"])


def _refused_nulls(document: Mapping[str, Any]) -> Iterable[Issue]:
    """A key that is there with null: for Logto that is a fault, while a key that is absent may not be."""
    for field in ConnectorConfig.model_fields.values():
        if field.alias and field.alias in document and document[field.alias] is None:
            yield Issue((field.alias,), "should be a string, is null. Leave the key out instead.")


def _once(issues: Iterable[Issue]) -> list[Issue]:
    first: dict[tuple[str | int, ...], Issue] = {}
    for issue in issues:
        first.setdefault(issue.path, issue)
    return list(first.values())


def _json_kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case Mapping():
            return "an object"
        case list() | tuple():
            return "a list"
    return f"a {type(value).__name__}"


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")
