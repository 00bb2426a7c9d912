"""The company of a signed-in session: what the console and session clients of the API work in."""

from __future__ import annotations

from uuid import UUID

import structlog
from django.http import HttpRequest

from batconnect.core.database.tenancy import open_request
from batconnect.core.kernel.actors import Actor
from batconnect.core.serving.middleware import request_id_of

SESSION_COMPANY = "company_id"


def chosen_company(request: HttpRequest) -> UUID | None:
    """The company chosen in this session, or None when none was chosen or the entry is not an id."""
    try:
        return UUID(str(request.session.get(SESSION_COMPANY) or ""))
    except ValueError:
        return None


def open_console_request(request: HttpRequest) -> Actor | None:
    """Set the company context of a console request and return its actor; None: a company is to be chosen.

    Call it first thing inside the view's own transaction (`AdminSite.admin_view`): with ATOMIC_REQUESTS a
    middleware runs outside it, where the context would end at once. A choice that is no longer a membership
    falls back to the only one. The context is the session's company, else the user's only one.
    """
    user_id = request.user.pk
    if user_id is None:
        return None
    company_id = chosen_company(request)
    opened = open_request(user_id=user_id, company_id=company_id, request_id=request_id_of(request))
    if company_id is not None and (opened is None or opened[1] is None):
        request.session.pop(SESSION_COMPANY, None)
        opened = open_request(user_id=user_id, company_id=None, request_id=request_id_of(request))
    actor = opened[1] if opened else None
    structlog.contextvars.bind_contextvars(user=user_id, company=str(actor.company_id) if actor else None)
    return actor


def choose_company(request: HttpRequest, company_id: UUID) -> Actor | None:
    """Remember the company for this session; None, and nothing remembered, when the user does not belong to it."""
    assert request.user.pk is not None, "only somebody signed in chooses a company"
    opened = open_request(user_id=request.user.pk, company_id=company_id, request_id=request_id_of(request))
    actor = opened[1] if opened else None
    if actor is not None:
        request.session[SESSION_COMPANY] = str(company_id)
    return actor
