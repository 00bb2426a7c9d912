"""The addresses of rows, pages and documents in the console."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.apps import apps
from django.http import HttpRequest
from django.urls import reverse

from console.pages import registered_pages
from payments.models import Payment

ACCOUNT: Final = "customer"
"""The page of a customer's account, by its name."""
FIND: Final = "find"


def address_of(label: str, key: object) -> str:
    """The address of a row's page, by the table's label (`payments.Payment`) and the row's key."""
    options = apps.get_model(label)._meta
    return reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[key])


def list_address(label: str, **filters: object) -> str:
    """The address of a table's list, filtered."""
    options = apps.get_model(label)._meta
    address = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
    return f"{address}?{urlencode(filters)}" if filters else address


def account_address(customer_id: UUID | str) -> str:
    """The address of a customer's account."""
    return reverse(f"admin:{ACCOUNT}", args=[customer_id])


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
