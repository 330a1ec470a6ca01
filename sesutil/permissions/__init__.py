"""Who may do what: the policies that are needed, the user that Logto sends as, and whether a key may send.

`policies` and `onboarding` write policies, `users` and `keys` plan the user and its access keys,
`principals` reads what IAM says of somebody, `simulating` answers whether they may.
"""

__all__ = ()
