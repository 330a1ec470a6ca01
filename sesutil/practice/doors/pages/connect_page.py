"""How programs reach the account, and how to send the first mail."""

from __future__ import annotations

from sesutil.practice.doors.pages.layout import page
from sesutil.practice.doors.pages.markup import card, facts, shell, text
from sesutil.practice.rules.world import World

__all__ = ["connect", "first_mail"]

_TO = "success@simulator.amazonses.com"


def connect(world: World, region: str) -> str:
    """The secret key stands in no page: the command that started the account prints it."""
    environment = (
        f"export AWS_ENDPOINT_URL={world.base_url}\nexport AWS_REGION={region} AWS_DEFAULT_REGION={region}\n"
        "export AWS_ACCESS_KEY_ID=AKIAPRACTICE…\nexport AWS_SECRET_ACCESS_KEY=…"
    )
    javascript = (
        'import { SESv2Client } from "@aws-sdk/client-sesv2";\n\nconst ses = new SESv2Client({\n'
        f'  region: "{region}",\n  endpoint: "{world.base_url}",\n}});'
    )
    cards = (
        card(
            "where",
            "Where it is",
            facts(
                [
                    ("Endpoint", f'<code class="id">{text(world.base_url)}</code>'),
                    ("Account", f"<code>{text(world.account_id)}</code>"),
                    ("Region", f"<code>{text(region)}</code>, and every other one with SES"),
                    (
                        "Services",
                        "SES (v2 and v1), with the IAM, Route 53, SNS, SQS and CloudWatch that belong to it",
                    ),
                ]
            ),
            why="It listens on this machine only, under 127.0.0.1 and localhost.",
            live=False,
        ),
        card(
            "environment",
            "Every AWS SDK and the AWS CLI",
            f"{shell('sh-environment', environment)}<p>The key of the account is printed, ready to paste, by:</p>"
            f"{shell('sh-practice', 'sesutil practice')}"
            '<p class="muted">It is a key of this account only and works nowhere else. Still it stands in no page.</p>',
            why="With AWS_ENDPOINT_URL in the environment, programs need no other change.",
            live=False,
        ),
        card(
            "first",
            "A first mail",
            _first_mail(world, region),
            why="To the simulator's address, to which everybody may send, in the sandbox too.",
            live=False,
        ),
        card("javascript", "In JavaScript", shell("sh-javascript", javascript), live=False),
        card(
            "programs",
            "What programs can ask",
            shell(
                "sh-programs",
                f"# the inbox, with the codes found\ncurl '{world.base_url}/_aws/ses?to=someone@example.org&limit=1'\n"
                f"# empty it\ncurl -X DELETE {world.base_url}/_aws/ses\n"
                f"# play the reviewer\ncurl -d region={region} {world.base_url}/practice/grant\n"
                f"# let time pass\ncurl -d hours=24 {world.base_url}/practice/clock\n"
                f"# have the next call throttled\ncurl -d kind=throttle -d times=1 {world.base_url}/practice/faults",
            ),
            why="All that these pages do can be done by HTTP: GET reads, POST changes.",
            live=False,
        ),
    )
    body = (
        '<div class="title"><h1>Connect</h1><p class="muted">Point a program at this account instead of AWS.</p></div>'
        f'<div class="columns">{"".join(cards)}</div>'
    )
    return page("Connect", body, world, here="/connect")


def first_mail(world: World, region: str) -> str:
    """What an empty inbox says."""
    return (
        '<div class="empty"><p><strong>Nothing was sent yet.</strong></p><p>Mail that the practice account accepts appears here, '
        "whoever it is addressed to. This page updates itself. Nothing leaves this machine.</p>"
        f'{_first_mail(world, region)}<p>The endpoint is <code class="id">{text(world.base_url)}</code>. '
        '<a href="/connect">More ways to connect</a></p></div>'
    )


def _first_mail(world: World, region: str) -> str:
    sender = _sender(world, region)
    hint = ""
    if sender is None:
        sender = "you@example.com"
        create = f"{_client(world, region)}ses.create_email_identity(EmailIdentity='{sender}')"
        hint = (
            "<p>This account is as new as one of AWS: nobody is verified, so nobody can send. Register an address first; the mail "
            f"with its link comes to this inbox.</p>{shell('sh-identity', create)}<p>Open the link, then send.</p>"
        )
    python = (
        f"{_client(world, region)}ses.send_email(\n    FromEmailAddress='{sender}',\n"
        f"    Destination={{'ToAddresses': [\n        '{_TO}',\n    ]}},\n"
        "    Content={'Simple': {\n        'Subject': {'Data': 'Hello'},\n"
        "        'Body': {'Text': {'Data': 'Your code is 123456'}},\n    }},\n)"
    )
    return (
        f"{hint}<p>In your project's folder, as Logto would send it:</p>{shell('sh-send', f'sesutil send --to {_TO}')}"
        f"<p>Or in Python, with the key that <code>sesutil practice</code> prints in the environment:</p>{shell('sh-python', python)}"
    )


def _client(world: World, region: str) -> str:
    return (
        "import boto3\n\nses = boto3.client(\n    'sesv2',\n"
        f"    region_name='{region}',\n    endpoint_url='{world.base_url}',\n)\n"
    )


def _sender(world: World, region: str) -> str | None:
    """An address that may send, in the Region's first verified identity."""
    for state in world.states():
        for identity in state.identities.values():
            if (
                state.region == region
                and identity.verified
                and identity.name.isascii()
                and "'" not in identity.name
            ):
                return identity.name if identity.kind == "EMAIL_ADDRESS" else f"no-reply@{identity.name}"
    return None
