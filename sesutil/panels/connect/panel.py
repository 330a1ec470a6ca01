"""The panel of 01-connect: which account, who that is, which policies and which key are needed."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from sesutil.panels.banner import Banner
from sesutil.panels.cards import Card, actions, display, fields, put
from sesutil.panels.connect.markup import account_markup, choice_note, policy_markup, way_hint
from sesutil.panels.connect.model import ConnectModel
from sesutil.panels.connect.sending_key import SendingKeyCard
from sesutil.panels.connect.sending_key_model import SendingKeyModel
from sesutil.panels.copying import CopyBox
from sesutil.panels.pieces import Field, Panel, Runner, card_title, html, run_in_thread
from sesutil.panels.style import style_sheet
from sesutil.permissions.policies import explain_policy, onboarding_policy, policy_text
from sesutil.projects import Project
from sesutil.regions import long_name

__all__ = ["ConnectPanel"]

_WAYS = [
    ("Practice: a local SES, no AWS account needed", "practice"),
    ("AWS, with a profile of this machine", "profile"),
    ("AWS, with what the environment has (variables, default profile, SSO, a role)", "chain"),
    ("AWS, with the connector's own key from connector.json", "connector"),
]


class ConnectPanel(Panel):
    """Choose the account, see who you are there, take the policies, make the key that Logto sends with.

    Opening it connects as it was chosen before (practice, at first) and changes nothing. The choice is
    kept for the next notebooks when Connect is clicked. `account` is the notebooks' parameter.
    """

    def __init__(self, project: Project, *, account: str = "", runner: Runner = run_in_thread) -> None:
        self.model = ConnectModel(project, account, runner=runner)
        self._runner = runner
        self.banner = Banner(self.model.mode)
        self.banner.read_button.tooltip = "Connect again, and ask for the account's state now"
        self.choosing = _ChoosingCard(self.model)
        self._account = html()
        self.write_region_button = widgets.Button()
        self.write_region_button.add_class("s-alone")
        self._account_card = Card([self._account, self.write_region_button])
        self.policy = CopyBox("Policy as JSON")
        self._policy = html()
        self._policy_card = Card([self._policy, self.policy])
        self._key_cards = widgets.VBox([])
        super().__init__(
            [
                style_sheet(),
                self.banner,
                self.choosing,
                self._account_card,
                self._key_cards,
                self._policy_card,
            ]
        )
        self._wire()
        self._show()
        if self.model.choice_error is None:  # else nobody knows what was chosen
            self.model.connect(keep=False)

    @property
    def key_card(self) -> SendingKeyCard | None:
        """The card of the account that is connected; None while none is."""
        found = self._key_cards.children
        return found[-1] if found and self.model.state == "connected" else None

    def _wire(self) -> None:
        model = self.model
        self.banner.read_button.on_click(lambda _: model.connect(keep=False))
        self.write_region_button.on_click(self._on_write_region_click)
        model.observe(self._on_state_change, ["state"])
        model.observe(self._on_model_change, ["way", "profile", "region", "kept", "file_error", "news"])

    def _on_write_region_click(self, button: Any) -> None:
        self.model.write_region()

    def _on_state_change(self, change: Any) -> None:
        self._show()
        self._add_key_card()

    def _on_model_change(self, change: Any) -> None:
        self._show()

    def _show(self) -> None:
        model = self.model
        self._key_cards.children = [one for one in self._key_cards.children if self._stays(one.model)]
        self.banner.become(model.mode)
        refused = model.error or model.status_error
        code = getattr(refused, "code", None) or (type(refused).__name__ if refused is not None else None)
        self.banner.show(model.status, model.read_at, code)
        self.banner.read_button.disabled = bool(model.blockers)
        put(self._account, account_markup(model), announce=True)
        self._account_card.show(bool(self._account.value))
        differs = model.region_differs and model.state == "connected"
        self.write_region_button.description = f"Write {model.region} into connector.json"
        display(self.write_region_button, differs)
        self._show_policy()

    def _show_policy(self) -> None:
        model = self.model
        account_id = model.who.account_id if model.who is not None else ""
        connected = model.state == "connected" and bool(account_id)
        self._policy_card.show(connected)
        if connected:
            policy = onboarding_policy(account_id=account_id, region=model.region)
            put(self._policy, policy_markup(explain_policy(policy), model.region, model.mode))
            self.policy.text = policy_text(policy)

    def _stays(self, key_model: SendingKeyModel) -> bool:
        """A card goes with its account; one with a secret that is not saved stays, since it exists once."""
        return key_model.has_new or key_model.account is self.model.account

    def _add_key_card(self) -> None:
        model = self.model
        if model.state != "connected" or model.account is None or model.who is None:
            return
        key_model = SendingKeyModel(
            model.project, model.account, model.status, model.who.account_id, runner=self._runner
        )
        self._key_cards.children = [*self._key_cards.children, SendingKeyCard(key_model)]
        key_model.look()


class _ChoosingCard(Card):
    def __init__(self, model: ConnectModel) -> None:
        self.model = model
        self.way = widgets.RadioButtons(options=_WAYS, value=model.way)
        self.way.add_class("s-choices")
        self.profile = widgets.Dropdown(description="Profile")
        self.profiles_button = widgets.Button(
            description="Look again", tooltip="Read the AWS configuration of this machine again"
        )
        self.profiles_button.add_class("s-quiet")
        self.region = widgets.Dropdown(description="Region")
        self.connect_button = widgets.Button(button_style="primary")
        self._profile_field = Field(self.profile)
        self._region_field = Field(self.region)
        self._fields = fields(self._profile_field, self.profiles_button, self._region_field)
        self._note = html()
        title = html(
            card_title(
                "Choose the account",
                "The next notebooks work in it. Neither practice nor AWS ever stands in for the other.",
            )
        )
        super().__init__([title, self.way, self._fields, actions(self.connect_button), self._note])
        self._wire()
        self.refresh()

    def _wire(self) -> None:
        model = self.model
        self.way.observe(self._on_way_change, "value")
        self.profile.observe(self._on_profile_change, "value")
        self.region.observe(self._on_region_change, "value")
        self.profiles_button.on_click(lambda _: model.read_profiles())
        self.connect_button.on_click(lambda _: model.connect())
        model.observe(
            self._on_model_change,
            [
                "way",
                "profile",
                "profiles",
                "profiles_error",
                "region",
                "state",
                "blockers",
                "kept",
                "file_error",
                "news",
            ],
        )

    def _on_way_change(self, change: Any) -> None:
        self.model.way = change["new"]

    def _on_profile_change(self, change: Any) -> None:
        self.model.profile = change["new"] or ""

    def _on_region_change(self, change: Any) -> None:
        self.model.region = change["new"] or ""

    def _on_model_change(self, change: Any) -> None:
        self.refresh()

    def refresh(self) -> None:
        model = self.model
        self.way.value = model.way
        # One that is not there is shown as what it is, instead of another one in its place.
        known = (
            model.profiles
            if not model.profile or model.profile in model.profiles
            else [model.profile, *model.profiles]
        )
        _offer(self.profile, [(one, one) for one in known], model.profile)
        regions = [(f"{one}  {long_name(one)}", one) for one in model.regions]
        _offer(self.region, regions if model.region else [("choose a Region", ""), *regions], model.region)
        for widget in (self._profile_field, self.profiles_button):
            display(widget, model.way == "profile")
        text, wrong = way_hint(model)
        self._profile_field.say(text, wrong=wrong)
        self._region_field.say(
            model.region_problem or "Identities, quota and sandbox are per Region.",
            wrong=bool(model.region_problem),
        )
        put(self._note, choice_note(model), announce=True)
        busy = model.state == "connecting"
        self.connect_button.disabled = bool(model.blockers)
        what = "Connect to the practice account" if model.way == "practice" else "Connect to AWS"
        self.connect_button.description = (
            "Connecting \N{HORIZONTAL ELLIPSIS}"
            if busy
            else f"{what}: {model.blockers[0]}"
            if model.blockers
            else what
        )


def _offer(dropdown: widgets.Dropdown, options: list[tuple[str, str]], value: str) -> None:
    if list(dropdown.options) != options:
        dropdown.options = options
    if any(one == value for _, one in options):
        dropdown.value = value
