"""The practice account: a local SES that behaves like a new AWS account.

`serve()` runs one inside this process, for tests; `sesutil practice` and `connect(practice=True)`
run one per project folder in a process of its own. The rules of SES are plain Python (`world` and
what it imports); `app` puts them on HTTP; moto carries the services around SES (`cloud`).
"""

from sesutil.practice.server import PracticeServer, serve

__all__ = ["PracticeServer", "serve"]
