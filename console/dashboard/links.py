"""Addresses of lists that add up to a number, for those who may open the list."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse


def list_of(model: type[models.Model], **narrowed: Any) -> str:
    """The address of the table's list with these filters; None leaves one out."""
    opts = model._meta
    query = urlencode({name: str(value) for name, value in narrowed.items() if value is not None})
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    return f"{address}?{query}" if query else address


def page_of(row: models.Model) -> str:
    """The address of one row's page."""
    opts = row._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])


def sees(request: HttpRequest, model: type[models.Model]) -> bool:
    """Whether the request's actor may open the table's list."""
    return admin.site.get_model_admin(model).has_view_permission(request)
