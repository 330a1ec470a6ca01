"""What somebody would regret in a template: findings with a place and a fix. Nothing here is an error of
Logto's; it accepts every template, and so does sesutil.

`findings` says what a finding is, `document` takes a template apart, `cascade` knows which styles hold
and what a reader sees. Each other module looks at one subject; `checks` runs them all on a template,
`project` on a project.
"""

__all__ = ()
