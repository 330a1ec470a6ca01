"""The services around SES, carried by moto: STS, IAM, Route 53, SNS, SQS, CloudWatch.

moto's inner classes are used here and in `users`, `hosted_zones`, `messaging` and `metrics` only, which
is why its version is pinned to a minor one. Every World has an account id of its own in moto, so
several can live in one process. moto keeps nothing on disk: users, groups, keys, policies, zones,
topics and queues are put into the state file and back; alarms end with the process.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from sesutil.practice.cloud.hosted_zones import HostedZones
from sesutil.practice.cloud.messaging import Messaging
from sesutil.practice.cloud.metrics import Metrics
from sesutil.practice.cloud.own_calls import OwnCalls
from sesutil.practice.cloud.state import CloudState
from sesutil.practice.cloud.users import Users

__all__ = ["SERVICES", "Cloud"]

SERVICES = frozenset({"sts", "iam", "route53", "sns", "sqs", "monitoring"})
"""Signing names of what moto carries."""


class Cloud:
    """moto for one account id, empty at first. moto locks nothing, so every call takes `lock`."""

    def __init__(
        self,
        account_id: str,
        lock: threading.RLock | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        # Read by moto when it is imported; without the second every answer allows any web page.
        os.environ.pop("MOTO_ACCOUNT_ID", None)
        os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "true"
        from moto.backends import get_backend
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self.account_id = account_id
        self.lock = lock or threading.RLock()
        self._application = DomainDispatcherApplication(create_backend_app)
        for service in ("sts", "iam", "route53", "sns", "sqs", "cloudwatch"):
            for backend in get_backend(service)[account_id].values():
                backend.reset()
        self.users = Users(get_backend("iam")[account_id]["aws"], account_id, now)
        self.own_calls = OwnCalls(self.users)
        self.zones = HostedZones(get_backend("route53")[account_id]["aws"])
        self.messaging = Messaging(get_backend("sns")[account_id], get_backend("sqs")[account_id])
        self.metrics = Metrics(get_backend("cloudwatch")[account_id])

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """WSGI: carries one request, as this account, whoever the caller says to be."""
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self.account_id
        with self.lock:
            return list(self._application(environ, start_response))

    # -- state file -------------------------------------------------------------------------------

    def state(self) -> CloudState:
        state = CloudState()
        with self.lock:
            self.users.fill(state)
            self.zones.fill(state)
            state.messaging = self.messaging.state()
        return state

    def restore(self, state: CloudState) -> None:
        with self.lock:
            self.users.restore(state)
            self.zones.restore(state)
            self.messaging.restore(state.messaging)
