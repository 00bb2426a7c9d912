"""Filters of lists, saved under a name."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db.models import Q

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput, NotFound
from batconnect.core.models import SavedFilter

SHARE: Final = "core.share_filters"
MAX_FILTERS: Final = 50
"""A person's filters of one list."""
_LONGEST_NAME: Final = 60
_LONGEST_QUERY: Final = 2000


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
        raise InvalidInput("Filter the list first: there is nothing to save.", field="query")
    if is_shared:
        actor.require(SHARE)
    own_filters = SavedFilter.objects.filter(company_id=actor.company_id, page=page, user_id=actor.user_id)
    if own_filters.exclude(name=name).count() >= MAX_FILTERS:
        raise InvalidInput(f"You can save at most {MAX_FILTERS} filters of a list.", field="name")
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
        raise InvalidInput(f"You already have a filter called {name}.", field="name")
    saved.name, saved.is_shared = name, is_shared
    saved.save(update_fields=["name", "is_shared"])
    return saved


def delete_filter(*, actor: Actor, page: str, filter_id: UUID) -> str:
    """Delete the person's own filter, or, with the right to share, a shared one; its name. Raises NotFound."""
    saved = _own(actor, page, filter_id, shared_too=actor.can(SHARE))
    saved.delete()
    return saved.name


def _own(actor: Actor, page: str, filter_id: UUID, *, shared_too: bool) -> SavedFilter:
    may_touch = Q(user_id=actor.user_id) | Q(is_shared=True) if shared_too else Q(user_id=actor.user_id)
    saved = SavedFilter.objects.filter(
        may_touch, company_id=actor.company_id, page=page, id=filter_id
    ).first()
    if saved is None:
        raise NotFound("You have no such filter.")
    return saved


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_NAME or "\x00" in name:
        raise InvalidInput(f"Give the filter a name of at most {_LONGEST_NAME} characters.", field="name")
    return name
