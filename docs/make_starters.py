"""Writes the starter templates: nine usage types in English, and in German in the folder de.

    python docs/make_starters.py          writes them
    python docs/make_starters.py --check  writes nothing; exits 1 when a file is not as it would be written

The markup stands here once. Texts are HTML: &nbsp; keeps a last word from standing alone on its line.
"""

# ruff: noqa: E501  texts and markup

from __future__ import annotations

import sys
from pathlib import Path
from string import Template
from typing import NamedTuple

FOLDER = Path(__file__).parents[1] / "sesutil" / "starter" / "templates"


class Text(NamedTuple):
    title: str  # the subject of the mail: 50 characters at most
    preview: str  # the line in the list of mails; the rule follows it
    heading: str
    intro: str
    note: str


# What several mails say.
EN_ENTER = "enter this code on the page or in the app that asks for&nbsp;it."
EN_UNASKED = "If you did not ask for this,"
EN_IGNORE = f"{EN_UNASKED} you can ignore this mail;"
DE_ENTER = "geben Sie diesen Code auf der Seite oder in der App ein, die&nbsp;danach&nbsp;fragt."
DE_UNASKED = "Wenn Sie diesen Code nicht angefordert haben,"
DE_IGNORE = f"{DE_UNASKED} können Sie diese Nachricht ignorieren."

# The paragraph below the code or the link, and what stands around the link.
CODE_RULE = {
    "en": "The code works once and only for a short time. Keep it to yourself: nobody else needs&nbsp;it.",
    "de": "Der Code gilt nur einmal und nur für kurze Zeit. Geben Sie ihn nicht weiter: Niemand außer Ihnen braucht&nbsp;ihn.",
}
LINK_RULE = {
    "en": "The invitation is open for a limited time. It is meant for you alone, so do not pass the link&nbsp;on.",
    "de": "Die Einladung gilt nur für begrenzte Zeit und ist für Sie persönlich bestimmt. Geben Sie den Link nicht&nbsp;weiter.",
}
BUTTON = {"en": "Open the invitation", "de": "Einladung öffnen"}
COPY = {"en": "Or copy this link into your browser:", "de": "Oder kopieren Sie diesen Link in Ihren Browser:"}

# For developers, in the comment at the top of each file.
PURPOSES = {
    "SignIn": "signing in",
    "Register": "creating an account",
    "ForgotPassword": "resetting a password",
    "OrganizationInvitation": "an invitation to an organization",
    "Generic": "any verification, and every type that has no template of its own",
    "UserPermissionValidation": "confirming who you are before a sensitive change",
    "BindNewIdentifier": "linking an e-mail address to an account",
    "MfaVerification": "the second step of signing in",
    "BindMfa": "turning on 2-step verification by e-mail",
}

TEXTS = {
    ("SignIn", "en"): Text(
        title="Your sign-in code",
        preview="Use the code in this mail to sign in.",
        heading="Sign in",
        intro=f"To sign in, {EN_ENTER}",
        note=f"{EN_IGNORE} nobody gets in without the&nbsp;code.",
    ),
    ("SignIn", "de"): Text(
        title="Ihr Code für die Anmeldung",
        preview="Mit dem Code in dieser Nachricht melden Sie sich an.",
        heading="Anmelden",
        intro=f"Um sich anzumelden, {DE_ENTER}",
        note=f"{DE_IGNORE} Ohne den Code ist die Anmeldung nicht möglich.",
    ),
    ("Register", "en"): Text(
        title="Your code to create an account",
        preview="Use the code in this mail to create your account.",
        heading="Create your account",
        intro=f"To confirm your e-mail address and create your account, {EN_ENTER}",
        note=f"{EN_IGNORE} no account is created without the&nbsp;code.",
    ),
    ("Register", "de"): Text(
        title="Ihr Code für die Registrierung",
        preview="Mit dem Code in dieser Nachricht schließen Sie Ihre Registrierung ab.",
        heading="Registrieren",
        intro=f"Um Ihre E-Mail-Adresse zu bestätigen und sich zu registrieren, {DE_ENTER}",
        note=f"{DE_IGNORE} Ohne den Code wird kein Konto erstellt.",
    ),
    ("ForgotPassword", "en"): Text(
        title="Your code to reset your password",
        preview="Use the code in this mail to set a new password.",
        heading="Reset your password",
        intro=f"To set a new password, {EN_ENTER}",
        note=f"{EN_IGNORE} your password stays as&nbsp;it&nbsp;is.",
    ),
    ("ForgotPassword", "de"): Text(
        title="Ihr Code zum Zurücksetzen des Passworts",
        preview="Mit dem Code in dieser Nachricht legen Sie ein neues Passwort fest.",
        heading="Passwort zurücksetzen",
        intro=f"Um ein neues Passwort festzulegen, {DE_ENTER}",
        note=f"{DE_IGNORE} Ihr Passwort bleibt&nbsp;unverändert.",
    ),
    ("OrganizationInvitation", "en"): Text(
        title="Your invitation to join an organization",
        preview="You are invited to join an organization.",
        heading="Join the organization",
        intro="You are invited to become a member of an organization. To join, open the invitation.",
        note="If you do not expect this invitation, you can ignore this mail; nothing changes unless you use the link.",
    ),
    ("OrganizationInvitation", "de"): Text(
        title="Ihre Einladung in eine Organisation",
        preview="Sie sind eingeladen, einer Organisation beizutreten.",
        heading="Organisation beitreten",
        intro="Sie sind eingeladen, Mitglied einer Organisation zu werden. Um beizutreten, öffnen Sie die&nbsp;Einladung.",
        note="Wenn Sie diese Einladung nicht erwarten, können Sie diese Nachricht ignorieren. Solange Sie den Link nicht verwenden, ändert sich nichts.",
    ),
    ("Generic", "en"): Text(
        title="Your verification code",
        preview="Use the code in this mail to continue.",
        heading="Your verification code",
        intro=f"To continue, {EN_ENTER}",
        note=f"{EN_IGNORE} nothing happens without the&nbsp;code.",
    ),
    ("Generic", "de"): Text(
        title="Ihr Bestätigungscode",
        preview="Mit dem Code in dieser Nachricht setzen Sie den Vorgang fort.",
        heading="Ihr Bestätigungscode",
        intro=f"Um fortzufahren, {DE_ENTER}",
        note=f"{DE_IGNORE} Ohne den Code geschieht&nbsp;nichts.",
    ),
    ("UserPermissionValidation", "en"): Text(
        title="Your code to confirm that it is you",
        preview="Use the code in this mail to confirm that it is you.",
        heading="Confirm that it is you",
        intro=f"A change to your account needs your confirmation. To go on, {EN_ENTER}",
        note=f"{EN_UNASKED} nothing changes without the code, but somebody may be signed in as you: change your password.",
    ),
    ("UserPermissionValidation", "de"): Text(
        title="Ihr Code zur Bestätigung Ihrer Identität",
        preview="Mit dem Code in dieser Nachricht bestätigen Sie Ihre Identität.",
        heading="Identität bestätigen",
        intro=f"Eine Änderung an Ihrem Konto erfordert Ihre Bestätigung. Um fortzufahren, {DE_ENTER}",
        note=f"{DE_UNASKED} ist möglicherweise eine andere Person in Ihrem Konto angemeldet. Ohne den Code geschieht nichts; ändern Sie trotzdem Ihr&nbsp;Passwort.",
    ),
    ("BindNewIdentifier", "en"): Text(
        title="Your code to link this e-mail address",
        preview="Use the code in this mail to link this address to your account.",
        heading="Link this e-mail address",
        intro=f"To link this e-mail address to your account, {EN_ENTER}",
        note=f"{EN_IGNORE} nothing is linked to this address without the&nbsp;code.",
    ),
    ("BindNewIdentifier", "de"): Text(
        title="Ihr Code zum Verknüpfen dieser E-Mail-Adresse",
        preview="Mit dem Code in dieser Nachricht verknüpfen Sie diese Adresse mit Ihrem Konto.",
        heading="E-Mail-Adresse verknüpfen",
        intro=f"Um diese E-Mail-Adresse mit Ihrem Konto zu verknüpfen, {DE_ENTER}",
        note=f"{DE_IGNORE} Ohne den Code wird nichts mit dieser Adresse verknüpft.",
    ),
    ("MfaVerification", "en"): Text(
        title="Your code for the second sign-in step",
        preview="Use the code in this mail to finish signing in.",
        heading="Finish signing in",
        intro=f"To complete the second step of signing in, {EN_ENTER}",
        note=f"{EN_UNASKED} nobody gets in without the code, but somebody may know your password: change it.",
    ),
    ("MfaVerification", "de"): Text(
        title="Ihr Code für die Zwei-Faktor-Anmeldung",
        preview="Mit dem Code in dieser Nachricht schließen Sie Ihre Anmeldung ab.",
        heading="Anmeldung abschließen",
        intro=f"Um Ihre Anmeldung mit dem zweiten Faktor abzuschließen, {DE_ENTER}",
        note=f"{DE_UNASKED} kennt möglicherweise eine andere Person Ihr Passwort. Ohne den Code ist die Anmeldung nicht möglich; ändern Sie trotzdem Ihr&nbsp;Passwort.",
    ),
    ("BindMfa", "en"): Text(
        title="Your code to turn on 2-step verification",
        preview="Use the code in this mail to turn on 2-step verification.",
        heading="Turn on 2-step verification",
        intro=f"To get codes for 2-step verification at this e-mail address, {EN_ENTER}",
        note=f"{EN_IGNORE} nothing is turned on without the&nbsp;code.",
    ),
    ("BindMfa", "de"): Text(
        title="Ihr Code zum Aktivieren der Zwei-Faktor-Anmeldung",
        preview="Mit dem Code in dieser Nachricht aktivieren Sie die Zwei-Faktor-Anmeldung.",
        heading="Zwei-Faktor-Anmeldung aktivieren",
        intro=f"Um Codes für die Zwei-Faktor-Anmeldung an diese E-Mail-Adresse zu erhalten, {DE_ENTER}",
        note=f"{DE_IGNORE} Ohne den Code wird nichts&nbsp;aktiviert.",
    ),
}

DARK = {
    "page": "background-color: #12171a !important;",
    "card": "background-color: #1c2327 !important; border-color: #323c42 !important;",
    "text": "color: #edf1f3 !important;",
    "muted": "color: #b3bec4 !important;",
    "panel": "background-color: #1f3335 !important; border-color: #335053 !important;",
    "code": "color: #a5e3de !important;",
    "line": "border-color: #323c42 !important;",
    "button": "background-color: #7fd1cb !important;",
    "label": "color: #0c2a2b !important;",
    "link": "color: #7fd1cb !important;",
}
DARK_CODE = ("page", "card", "text", "muted", "panel", "code", "line")
DARK_LINK = ("page", "card", "text", "muted", "line", "button", "label", "link")

STYLES = {
    "sans": "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;",
    "normal": "font-size:16px;line-height:25px;mso-line-height-rule:exactly;color:#17252a;",
    "small": "font-size:14px;line-height:21px;mso-line-height-rule:exactly;",
}

OUTLOOK_CODE = "    .code { font-family: Consolas, 'Courier New', monospace !important; }\n"
CODE = """\
                <!-- The code, alone on its line. Its left padding balances the letter-spacing. -->
                <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="border-collapse:separate;">
                  <tr>
                    <td class="panel" align="center" bgcolor="#e8f3f2" style="padding:18px 8px;background-color:#e8f3f2;border:1px solid #cbe0de;border-radius:10px;">
                      <p class="code" style="margin:0;padding-left:6px;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'Courier New',monospace;font-size:34px;line-height:44px;mso-line-height-rule:exactly;font-weight:700;letter-spacing:6px;color:#0b4f53;">{{code}}</p>
                    </td>
                  </tr>
                </table>
"""

LINK = """\
                <!-- The button, and the same link to copy. -->
                <table role="presentation" cellpadding="0" cellspacing="0" border="0" style="border-collapse:separate;">
                  <tr>
                    <td class="button" align="center" bgcolor="#0b6468" style="background-color:#0b6468;border-radius:8px;mso-padding-alt:13px 28px;${sans}">
                      <a class="label" href="{{link}}" style="display:inline-block;padding:13px 28px;font-size:16px;line-height:22px;mso-line-height-rule:exactly;font-weight:600;color:#ffffff;text-decoration:none;">$button</a>
                    </td>
                  </tr>
                </table>
                <p class="muted" style="margin:24px 0 4px;${small}color:#4d5d63;">$copy</p>
                <p style="margin:0;${small}word-wrap:break-word;overflow-wrap:anywhere;word-break:break-all;"><a class="link" href="{{link}}" style="color:#0b6468;text-decoration:underline;">{{link}}</a></p>
"""

PAGE = """\
<!DOCTYPE html>
<html lang="$lang" dir="ltr" xmlns:o="urn:schemas-microsoft-com:office:office">
<head>
  <meta charset="utf-8">
  <!--
    $usage_type: the mail for $purpose.
    The title element is the subject of the mail.
    Placeholder to use, in double braces: $placeholder
    Logto also replaces placeholders in comments: write none in them.
  -->
  <title>$title</title>
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <meta name="supported-color-schemes" content="light dark">
  <meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
  <meta name="x-apple-disable-message-reformatting">
  <!--[if mso]>
  <xml><o:OfficeDocumentSettings><o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml>
  <style>
    td, h1, p, a { font-family: 'Segoe UI', Arial, sans-serif !important; }
$outlook_code  </style>
  <![endif]-->
  <style>
    @media (max-width: 480px) {
      .outer { padding: 12px 8px !important; }
      .pad { padding: 28px 20px 24px !important; }
    }
  </style>
  <!-- Dark colours: first for most programs, then for Outlook on the web. -->
  <style>
    :root { color-scheme: light dark; supported-color-schemes: light dark; }
    @media (prefers-color-scheme: dark) {
$dark    }
  </style>
  <style>
$outlook_dark  </style>
</head>
<body class="page" style="margin:0;padding:0;background-color:#eef2f2;color:#17252a;-webkit-text-size-adjust:100%;-ms-text-size-adjust:100%;">
  <div lang="$lang" dir="ltr">
    <!-- The preview line in the list of mails. It never shows the code. -->
    <div style="display:none;max-height:0;overflow:hidden;font-size:1px;line-height:1px;mso-hide:all;">$preview $rule</div>
    <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="#eef2f2" class="page" style="background-color:#eef2f2;">
      <tr>
        <td class="outer" align="center" style="padding:40px 16px;">
          <!--[if mso]><table role="presentation" width="560" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->
          <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="#ffffff" class="card" style="max-width:560px;border-collapse:separate;background-color:#ffffff;border:1px solid #d9e0e0;border-radius:14px;">
            <tr>
              <td class="pad" align="left" style="padding:36px 40px 32px;${sans}">
                <h1 class="text" style="margin:0 0 12px;font-size:24px;line-height:32px;mso-line-height-rule:exactly;font-weight:600;color:#17252a;">$heading</h1>
                <p class="text" style="margin:0 0 24px;${normal}">$intro</p>
$centre                <p class="text" style="margin:24px 0;${normal}">$rule</p>
                <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
                  <tr>
                    <td class="line" style="padding-top:20px;border-top:1px solid #d9e0e0;${sans}">
                      <p class="muted" style="margin:0;${small}color:#4d5d63;">$note</p>
                    </td>
                  </tr>
                </table>
              </td>
            </tr>
          </table>
          <!--[if mso]></td></tr></table><![endif]-->
        </td>
      </tr>
    </table>
  </div>
</body>
</html>
"""


def template(usage_type: str, lang: str) -> str:
    link = usage_type == "OrganizationInvitation"
    dark = [f".{name} {{ {DARK[name]} }}\n" for name in (DARK_LINK if link else DARK_CODE)]
    values = {
        **STYLES,
        **TEXTS[usage_type, lang]._asdict(),
        "lang": lang,
        "usage_type": usage_type,
        "purpose": PURPOSES[usage_type],
        "placeholder": "link" if link else "code",
        "rule": LINK_RULE[lang] if link else CODE_RULE[lang],
        "button": BUTTON[lang],
        "copy": COPY[lang],
        "dark": "".join(f"      {rule}" for rule in dark),
        "outlook_dark": "".join(f"    [data-ogsc] {rule}" for rule in dark),
        "outlook_code": "" if link else OUTLOOK_CODE,
    }
    centre = Template(LINK if link else CODE).substitute(values)
    return Template(PAGE).substitute(values, centre=centre)


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print("usage: python docs/make_starters.py [--check]", file=sys.stderr)
        return 2
    different = False
    for usage_type, lang in TEXTS:
        path = (FOLDER if lang == "en" else FOLDER / lang) / f"{usage_type}.html"
        text = template(usage_type, lang)
        if path.is_file() and path.read_bytes() == text.encode():
            continue
        different = True
        if not arguments:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        print(path, "differs" if arguments else "written")
    return 1 if arguments and different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
