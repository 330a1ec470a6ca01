"""What the lint has against the template that a mail is made from, as findings beside those of the checks."""

from __future__ import annotations

from dataclasses import dataclass

from sesutil.checks.findings import VERDICTS, CheckFinding
from sesutil.linting.checks import lint_email_template
from sesutil.linting.findings import Finding
from sesutil.linting.settings import LintSettings
from sesutil.selection import Choice
from sesutil.variables import proof_variable

__all__ = ["TEMPLATE_AREA", "TemplateChecks", "mending", "with_template"]

TEMPLATE_AREA = "template"
_MISSING = ("code-missing", "link-missing")
_CAUSES = tuple(
    f"template.placeholder-{fault}" for fault in ("unknown", "unavailable", "unclosed", "malformed")
)
"""What may be a code that was meant."""


def with_template(findings: list[CheckFinding], template: list[CheckFinding]) -> list[CheckFinding]:
    """All of them, worst first: what stops a mail on its way before what is wrong with its text."""
    return sorted([*findings, *template], key=lambda one: VERDICTS.index(one.verdict))


def mending(template: list[CheckFinding], usage_type: str, words: str) -> str:
    """Why a mail that has arrived shows no code (or link), as far as the lint knows, and what to do."""
    step = f"Put {{{{{proof_variable(usage_type)}}}}} into the template {words}."
    cause = next((one for one in template if one.id in _CAUSES and one.verdict == "blocked"), None)
    return f"{cause.sentence} {step}" if cause is not None else step


@dataclass
class TemplateChecks:
    """The lint of the newest template; the same one is not looked at twice."""

    settings: LintSettings
    _asked: tuple[str, Choice] | None = None
    _found: tuple[CheckFinding, ...] = ()

    def findings(self, usage_type: str, choice: Choice | None) -> list[CheckFinding]:
        """Errors as "blocked" and warnings as "look", causes before consequences; hints are left out.

        A template that stands in for another one (Generic) is judged by what Logto fills in for this type.
        """
        if choice is None or choice.template is None:
            return []
        if self._asked != (usage_type, choice):
            self._asked = (usage_type, choice)
            self._found = tuple(self._lint(usage_type, choice))
        return list(self._found)

    def _lint(self, usage_type: str, choice: Choice) -> list[CheckFinding]:
        assert choice.template is not None
        template = choice.template.model_copy(update={"usage_type": usage_type})
        found = lint_email_template(template, language=choice.found_language, settings=self.settings)
        worth = [one for one in found if one.above_hint]
        worth.sort(key=lambda one: (one.severity != "error", one.rule in _MISSING))
        name = choice.words()
        if not worth:
            variable = f"{{{{{proof_variable(usage_type)}}}}}"
            text = f"The template ({name}) shows {variable}, and the lint finds neither errors nor warnings."
            return [CheckFinding("template.in-order", TEMPLATE_AREA, "done", text)]
        return [_as_check(one, name) for one in worth]


def _as_check(finding: Finding, name: str) -> CheckFinding:
    return CheckFinding(
        f"template.{finding.rule}",
        TEMPLATE_AREA,
        "blocked" if finding.severity == "error" else "look",
        f"The template ({name}): {finding.message}",
        "",
        finding.fix,
    )
