"""What a reader would regret in a template. Logto accepts it and so does sesutil; here it is said."""

from __future__ import annotations

from sesutil.config import ConnectorConfig, pick_template
from sesutil.rendering import unclosed_placeholders

__all__ = ["template_findings"]


def template_findings(config: ConnectorConfig, usage_type: str) -> list[str]:
    """What is wrong with the template that Logto takes for a usage type, a sentence each with what to do."""
    template = pick_template(config, usage_type)
    return [
        f"The {part} of the {template.usage_type} template has a placeholder that is never closed, "
        f"{beginning}, which is mailed as it is. Write {beginning}}}}}."
        for part, text in (("subject", template.subject), ("content", template.content))
        for beginning in unclosed_placeholders(text)
    ]
