"""What has been, kept in the project: `runs/history.sqlite`.

`database` opens the file and brings it to the newest form (`migrations`), `runs` keeps test runs in it,
`comparing` says what changed between two of them. Every subject adds tables of its own by a migration.
"""

__all__ = ()
