"""The DNS records that SES wants: which they are, what is there, what is wrong with it, and publishing them.

`records` says which ones are expected and writes them for people and other tools; `wire` puts one
question to one server, `asking` asks the right servers; `judging` compares, with what each purpose
minds in `dkim`, `mail_from`, `spf` and `dmarc`, and where else a record may have landed in `places`;
`policies` finds the DMARC policy of a domain; `publishing` plans what is missing in Route 53.
"""

__all__ = ()
