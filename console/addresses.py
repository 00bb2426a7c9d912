"""The addresses of rows, pages and documents in the console."""

from __future__ import annotations

from functools import cache
from typing import Final
from urllib.parse import quote, urlencode
from uuid import UUID

from django.apps import apps
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse

from batconnect.core.console.base import has_permission
from batconnect.core.kernel.subject import find_subject
from console.pages import registered_pages
from payments.models import Payment

ACCOUNT: Final = "customer"
"""The page of a customer's account, by its name."""
FIND: Final = "find"
_KEY: Final = "-key-"
_NOBODY: Final = UUID(int=0)
_SAFE: Final = "/~:@!$&'()*+,;="  # as `reverse` leaves them
Table = str | type[models.Model]
"""A table, or its label (`payments.Payment`)."""


def page_of(table: Table, key: object) -> str:
    """The address of a row's page, by its key."""
    return _page_pattern(find_subject(table).url_name).replace(_KEY, quote(str(key), safe=_SAFE))


@cache
def _page_pattern(url_name: str) -> str:
    """The address of a row's page with a place for its key: to look it up anew for each cell of a list takes long."""
    return reverse(f"admin:{url_name}_change", args=[_KEY])


def list_of(table: Table, **narrowed: object) -> str:
    """The address of the table's list with these filters; None leaves one out."""
    query = urlencode({name: str(value) for name, value in narrowed.items() if value is not None})
    address = _list_address(find_subject(table).url_name)
    return f"{address}?{query}" if query else address


@cache
def _list_address(url_name: str) -> str:
    """The address of a table's list."""
    return reverse(f"admin:{url_name}_changelist")


def may_see(request: HttpRequest, table: Table) -> bool:
    """Whether the request's actor may see the table's pages."""
    model = apps.get_model(table) if isinstance(table, str) else table
    return admin.site.is_registered(model) and admin.site.get_model_admin(model).has_view_permission(request)


def account_address(customer_id: UUID | str) -> str:
    """The address of a customer's account."""
    return _account_pattern().replace(str(_NOBODY), quote(str(customer_id), safe=_SAFE))


@cache
def _account_pattern() -> str:
    return reverse(f"admin:{ACCOUNT}", args=[_NOBODY])


def may_see_accounts(request: HttpRequest) -> bool:
    """Whether the request's actor may open customers' accounts."""
    page = registered_pages().get(ACCOUNT)
    return page is not None and page.lets_in(request)


def find_address(text: str, *, kind: str = "") -> str:
    """The address that leads on to the row with this number, or to what was found instead."""
    return f"{reverse(f'admin:{FIND}')}?{urlencode({'q': text, **({'kind': kind} if kind else {})})}"


def page_address(name: str, request: HttpRequest, *parts: object, **query: object) -> str:
    """The address of a page with its parts and query; empty when no page of that name lets the actor in."""
    page = registered_pages().get(name)
    if page is None or not page.lets_in(request):
        return ""
    address = reverse(f"admin:{name}", args=parts)
    return f"{address}?{urlencode(query)}" if query else address


def receipt_address(payment: Payment) -> str:
    """The receipt as a PDF, for the signed-in session."""
    if payment.kind == Payment.Kind.INTERIM:
        return f"{reverse('interim-payment-receipt', args=[payment.number])}?format=pdf"
    return f"{reverse('payment-receipt', args=[payment.pk])}?format=pdf"


def statement_address(customer_id: UUID, currency: str) -> str:
    """The statement of account as a PDF, for the signed-in session."""
    return f"{reverse('customer-statement', args=[customer_id])}?format=pdf&currency={currency}"


def mailing_address(request: HttpRequest, action: str, key: object) -> str:
    """Where a row's document is sent by mail, by the name of the row's action; the page that is open follows it. Empty
    for a person who may not."""
    if not has_permission(request, "mail.send"):
        return ""
    return f"{reverse(f'admin:{action}', args=[key])}?{urlencode({'next': request.path})}"
