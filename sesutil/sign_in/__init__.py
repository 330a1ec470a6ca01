"""What Logto does with a verification code, so that a sign-in can be tried: issued, typed, judged."""

from sesutil.sign_in.clock import clock_of
from sesutil.sign_in.desk import CodeDesk
from sesutil.sign_in.policy import CodePolicy
from sesutil.sign_in.verdicts import Verdict, Waiting

__all__ = ["CodeDesk", "CodePolicy", "Verdict", "Waiting", "clock_of"]
