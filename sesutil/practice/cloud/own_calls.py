"""Calls to IAM and STS that moto does not carry, or not as AWS does; all others it gets.

Texts and codes are those of AWS as far as they are known; a status is the one of the API's model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sesutil.practice.cloud.simulation import simulate
from sesutil.practice.cloud.users import Users
from sesutil.practice.rules.refusals import Refused
from sesutil.practice.rules.world import Caller
from sesutil.practice.wire.answers import Answer
from sesutil.practice.wire.query_protocol import (
    answer_xml,
    check_required,
    operation_named,
    read_parameters,
    read_query,
)
from sesutil.practice.wire.signature import Request
from sesutil.practice.wire.v1 import refusal_xml

__all__ = ["OwnCalls", "iam_status"]

_LARGEST_INLINE = 2048
"""Characters of all inline policies of a user, white space not counted.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

_STATUS = {"NoSuchEntity": 404, "EntityAlreadyExists": 409, "LimitExceeded": 409, "DeleteConflict": 409}
_CODE = re.compile(rb"<Code>(\w+)</Code>")

_Parameters = Mapping[str, Any]


class OwnCalls:
    """Locks nothing."""

    def __init__(self, users: Users) -> None:
        self._users = users
        self._answers: dict[tuple[str, str], Callable[[_Parameters, Caller], dict[str, Any] | None]] = {
            ("sts", "GetCallerIdentity"): self._who,
            ("iam", "GetAccessKeyLastUsed"): self._last_used,
            ("iam", "SimulatePrincipalPolicy"): lambda given, caller: simulate(self._users, given),
            ("iam", "CreateUser"): self._create_user,
            ("iam", "DeleteUser"): self._delete_user,
            ("iam", "PutUserPolicy"): self._put_user_policy,
        }

    def answer(
        self, service: str, action: str, request: Request, caller: Caller, request_id: str
    ) -> Answer | None:
        """None for what moto is to carry."""
        own = self._answers.get((service, action))
        operation = operation_named(action, service) if own is not None else None
        if own is None or operation is None:
            return None
        try:
            parameters = read_parameters(operation, read_query(request.body, request.query))
            check_required(operation, parameters)
            result = own(parameters, caller)
        except Refused as refused:
            return refusal_xml(refused, request_id)
        return None if result is None else Answer(200, answer_xml(operation, result, request_id), "text/xml")

    # -- answered ---------------------------------------------------------------------------------

    def _who(self, parameters: _Parameters, caller: Caller) -> dict[str, Any]:
        account = caller.arn.split(":")[4]
        return {"UserId": self._users.id_of(caller.arn) or account, "Account": account, "Arn": caller.arn}

    def _last_used(self, parameters: _Parameters, caller: Caller) -> dict[str, Any]:
        key_id = parameters["AccessKeyId"]
        if not self._users.has_key(key_id):
            raise Refused(404, "NoSuchEntity", f"The Access Key with id {key_id} cannot be found")
        use = self._users.last_use(key_id)
        found: dict[str, Any] = {"Region": "N/A", "ServiceName": "N/A"}
        if use is not None:
            found = {"LastUsedDate": use.at, "Region": use.region, "ServiceName": use.service}
        return {"UserName": self._users.name_of(key_id), "AccessKeyLastUsed": found}

    # -- refused, or left to moto -----------------------------------------------------------------

    def _create_user(self, parameters: _Parameters, caller: Caller) -> None:
        name = parameters["UserName"]
        if self._users.exists(name):
            raise Refused(409, "EntityAlreadyExists", f"User with name {name} already exists.")

    def _delete_user(self, parameters: _Parameters, caller: Caller) -> None:
        """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html: what must go before."""
        name = parameters["UserName"]
        if self._users.keys_of(name):
            text = "Cannot delete entity, must delete access keys first."
            raise Refused(409, "DeleteConflict", text)
        if self._users.groups_of(name):
            text = "Cannot delete entity, must remove users from group first."
            raise Refused(409, "DeleteConflict", text)

    def _put_user_policy(self, parameters: _Parameters, caller: Caller) -> None:
        name, document = parameters["UserName"], parameters["PolicyDocument"]
        others = self._users.inline_policies_of(name)
        others.pop(parameters["PolicyName"], None)
        if sum(_size(text) for text in (*others.values(), document)) > _LARGEST_INLINE:
            text = f"Maximum policy size of {_LARGEST_INLINE} bytes exceeded for user {name}"
            raise Refused(409, "LimitExceeded", text)


def iam_status(answer: Answer) -> int:
    """The status that the model of IAM has for the code of a refusal; moto has 400 for most."""
    code = _CODE.search(answer.body) if answer.status >= 400 else None
    return _STATUS.get(code[1].decode(), answer.status) if code else answer.status


def _size(document: str) -> int:
    return len(re.sub(r"\s", "", document))
