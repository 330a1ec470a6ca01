"""The practice account: a local SES that behaves like a new AWS account.

`serve()` runs one inside this process, for tests; `sesutil practice` and `connect(practice=True)`
run one per project folder in a process of its own. `rules` are the account and what SES does, as
plain Python; `operations` the calls of its API; `wire` puts them on HTTP; `cloud` lets moto carry
the services around SES; `doors` is what lies outside AWS's API, its pages among it. Each imports
only from those before it.
"""

from sesutil.practice.server import PracticeServer, serve

__all__ = ["PracticeServer", "serve"]
