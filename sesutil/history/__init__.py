"""What has been, kept in the project: `runs/history.sqlite`.

`database` opens the file and brings it to the newest form (`migrations`). `runs` keeps test runs in it,
`comparing` says what changed between two of them. `keeping` keeps send statistics, `sends`, `readings` and
`fetches` give them back, whose they are is `accounts`' affair; `deliveries` keeps delivery events, `joining`
puts all of it together, `exporting` writes it for other programs.

Every subject adds tables of its own by a migration.
"""

__all__ = ()
