"""What people do with places in other companies: take one that is offered, decline it, leave one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest

from batconnect.core.console.refusals import show_error
from batconnect.core.kernel.errors import Refusal
from batconnect.core.models import User
from batconnect.core.people.invitations import answer, leave
from batconnect.core.people.sessions import open_console_request
from batconnect.core.serving.middleware import request_id_of


def person_of(request: HttpRequest) -> User:
    """Who is signed in."""
    user = request.user
    assert isinstance(user, User), "ask only for somebody who is signed in"
    return user


def _accept(user: User, key: UUID, request_id: str) -> str:
    company = answer(user=user, invitation_id=key, accept=True, request_id=request_id)
    return f"You have a place in {company} now."


def _decline(user: User, key: UUID, request_id: str) -> str:
    company = answer(user=user, invitation_id=key, accept=False, request_id=request_id)
    return f"You declined {company}'s invitation."


def _leave(user: User, key: UUID, request_id: str) -> str:
    company = leave(user=user, company_id=key, request_id=request_id)
    return f"You left {company}."


ANSWERS: Final[dict[str, Callable[[User, UUID, str], str]]] = {
    "accept": _accept,
    "decline": _decline,
    "leave": _leave,
}


def answer_offer(request: HttpRequest) -> None:
    """Do what the form says (`do` is one of ANSWERS, `key` the invitation's or company's id); report the result."""
    open_console_request(request)  # the person's own context: invitations and places of all companies
    try:
        key = UUID(request.POST.get("key", ""))
    except ValueError:
        messages.error(request, "There is no such invitation for you.")
        return
    try:
        done = ANSWERS[request.POST["do"]](person_of(request), key, request_id_of(request))
    except Refusal as refusal:
        show_error(request, refusal)
    else:
        messages.success(request, done)
