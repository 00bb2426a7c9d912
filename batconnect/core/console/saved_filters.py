"""Views of lists, saved under a name: filters, order and columns; and how each person has a list.

Rule: docs/adr/0083-saved-views-and-orders.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db.models import Q

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.kernel.errors import InvalidInput, NotFound
from batconnect.core.models import ListChoice, SavedFilter

SHARE: Final = "core.share_filters"
MAX_FILTERS: Final = 50
"""A person's views of one list."""
_LONGEST_NAME: Final = 60
_LONGEST_QUERY: Final = 2000
_LONGEST_COLUMNS: Final = 1000


def filters_for(*, actor: Actor, page: str) -> list[SavedFilter]:
    """The person's own filters of the list and those that are shared, by name."""
    assert actor.user_id is not None, "filters are people's"
    filters = SavedFilter.objects.filter(
        Q(user_id=actor.user_id) | Q(is_shared=True), company_id=actor.company_id, page=page
    )
    return list(filters.order_by("name", "id"))


def save_filter(*, actor: Actor, page: str, name: str, query: str, is_shared: bool = False) -> SavedFilter:
    """Save the query string under the name; it replaces the person's own filter of that name.

    The caller has checked that the list knows the query's parameters. Raises InvalidInput for a name or query that is
    empty or too long, or above MAX_FILTERS; NotAllowed for sharing without the right.
    """
    assert actor.user_id is not None, "filters are people's"
    name = _checked(name)
    if not query or len(query) > _LONGEST_QUERY:
        raise InvalidInput(
            "Filter or sort the list, or choose its columns, first: there is nothing to save.", field="query"
        )
    if is_shared:
        actor.require(SHARE)
    own_filters = SavedFilter.objects.filter(company_id=actor.company_id, page=page, user_id=actor.user_id)
    if own_filters.exclude(name=name).count() >= MAX_FILTERS:
        raise InvalidInput(f"You can save at most {MAX_FILTERS} views of a list.", field="name")
    saved, _ = SavedFilter.objects.update_or_create(
        company_id=actor.company_id,
        page=page,
        user_id=actor.user_id,
        name=name,
        defaults={"query": query, "is_shared": is_shared},
    )
    return saved


def rename_filter(*, actor: Actor, page: str, filter_id: UUID, name: str, is_shared: bool) -> SavedFilter:
    """Rename, share or unshare one of the person's own filters. Raises NotFound for anybody else's."""
    name = _checked(name)
    assert actor.user_id is not None, "filters are people's"
    saved = _own(actor, page, filter_id, shared_too=False)
    if is_shared and not saved.is_shared:
        actor.require(SHARE)
    duplicate = SavedFilter.objects.filter(
        company_id=actor.company_id, page=page, user_id=actor.user_id, name=name
    ).exclude(id=saved.id)
    if duplicate.exists():
        raise InvalidInput(f"You already have a view called {name}.", field="name")
    saved.name, saved.is_shared = name, is_shared
    saved.save(update_fields=["name", "is_shared"])
    return saved


def delete_filter(*, actor: Actor, page: str, filter_id: UUID) -> str:
    """Delete the person's own filter, or, with the right to share, a shared one; its name. Raises NotFound."""
    saved = _own(actor, page, filter_id, shared_too=actor.can(SHARE))
    # A colleague may open the list with it: that is over too.
    ListChoice.objects.filter(company_id=actor.company_id, view_id=saved.id).update(view=None)
    saved.delete()
    return saved.name


def choice_of(*, actor: Actor, page: str) -> ListChoice | None:
    """How the person has the list, its view joined; None when nothing was chosen."""
    if actor.user_id is None:
        return None
    return (
        ListChoice.objects.filter(company_id=actor.company_id, page=page, user_id=actor.user_id)
        .select_related("view")
        .first()
    )


def choose_columns(*, actor: Actor, page: str, columns: Sequence[str]) -> ListChoice:
    """Show the person these columns of the list from now on; none stands for all.

    The caller has checked that the list has them. Raises InvalidInput when their names are too long to keep.
    """
    text = ",".join(columns)
    if len(text) > _LONGEST_COLUMNS:
        raise InvalidInput(f"Choose columns whose names have at most {_LONGEST_COLUMNS} characters.")
    return _choose(actor, page, columns=text)


def open_with(*, actor: Actor, page: str, filter_id: UUID | None) -> ListChoice:
    """Open the list with this view from now on; None opens it as it is. Raises NotFound for a view that is not seen."""
    if filter_id is not None and filter_id not in {each.id for each in filters_for(actor=actor, page=page)}:
        raise NotFound("You have no such view.")
    return _choose(actor, page, view_id=filter_id)


def _choose(actor: Actor, page: str, **values: object) -> ListChoice:
    assert actor.user_id is not None, "lists are people's"
    choice, _ = ListChoice.objects.update_or_create(
        company_id=actor.company_id,
        page=page,
        user_id=actor.user_id,
        defaults={**values, "changed_at": now()},
    )
    return choice


def _own(actor: Actor, page: str, filter_id: UUID, *, shared_too: bool) -> SavedFilter:
    may_touch = Q(user_id=actor.user_id) | Q(is_shared=True) if shared_too else Q(user_id=actor.user_id)
    saved = SavedFilter.objects.filter(
        may_touch, company_id=actor.company_id, page=page, id=filter_id
    ).first()
    if saved is None:
        raise NotFound("You have no such view.")
    return saved


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_NAME or "\x00" in name:
        raise InvalidInput(f"Give the view a name of at most {_LONGEST_NAME} characters.", field="name")
    return name
