"""What the front page shows to whom: each figure to those who may open its list."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse

from batconnect.core.console.base import actor_of, has_permission
from batconnect.core.kernel.clock import today
from batconnect.core.models import CompanySettings, Membership, User
from batconnect.core.people.invitations import offers_to
from batconnect.core.people.notices import notices_of
from console.addresses import list_of, may_see
from console.dashboard import charts, panels
from console.dashboard.figures import count_people
from console.dashboard.tiles import Figure, attention_tiles
from ledger.models import Dtr, LedgerVerification, Obligation
from payments.models import Payment

MAX_NOTICES: Final = 5


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The front page's context; the theme calls it inside the company's transaction."""
    actor = actor_of(request)
    day = today(actor.company)
    tiles = attention_tiles(request, actor=actor, day=day)
    shown: dict[str, Any] = {
        "day": day,
        "tiles": tiles,
        "waiting": [tile for tile in tiles if tile.count],
        "clear": [tile for tile in tiles if not tile.count],
        "bar_options": charts.BAR_OPTIONS,
        "stacked_options": charts.STACKED_OPTIONS,
    }
    if may_see(request, Obligation):
        shown["ages"] = panels.age_panels(actor=actor, day=day)
    if may_see(request, Payment):
        shown["cash"] = panels.cash_panels(actor=actor, day=day)
        shown["unallocated"] = panels.unallocated_figures(actor=actor)
    if may_see(request, Dtr):
        shown["week"] = panels.week_panel(actor=actor)
    if may_see(request, LedgerVerification):
        shown["ledger"] = panels.ledger_panel(actor=actor)
    if has_permission(request, "core.manage_users"):
        shown["people"] = Figure(f"{count_people(actor=actor):,}", list_of(Membership, is_active__exact=1))
        shown["settings_url"] = list_of(CompanySettings)
        shown["add_person_url"] = reverse("admin:core_user_add")
    person = request.user
    assert isinstance(person, User), "the console is used by people"
    shown["offers"] = offers_to(user=person)
    # The frame has counted them.
    unread = context.get("unread_notices")
    shown["notices"] = notices_of(user_id=person.pk, unread=True)[:MAX_NOTICES] if unread else []
    shown["has_finance"] = "ages" in shown or "cash" in shown
    return {**context, **shown}
