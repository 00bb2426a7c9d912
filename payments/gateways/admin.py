"""The console's pages on gateways: administrators connect them; charges are read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from batconnect.core.console.base import BaseAdmin, ReadOnlyAdmin
from batconnect.core.kernel.actors import Actor
from payments.gateways.faces import CHARGE_FACE, ENDPOINT_FACE, describe_secret
from payments.gateways.kinds import connectable
from payments.gateways.models import GatewayCharge, GatewayEndpoint
from payments.gateways.services import change_endpoint, connect_gateway


class EndpointForm(forms.ModelForm):
    """Which gateway, its address, and whether it is used."""

    kind = forms.ChoiceField(label="gateway", widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        kind = self.fields.get("kind")
        if isinstance(kind, forms.ChoiceField):
            kind.choices = [(each.code, each.label) for each in connectable()]

    class Meta:
        model = GatewayEndpoint
        fields = ("url", "is_active")


@admin.register(GatewayEndpoint)
class GatewayEndpointAdmin(BaseAdmin):
    """Where a gateway is reached and where its events arrive; secrets are kept in the environment."""

    add_permission = "gateways.configure"
    change_permission = "gateways.configure"
    form = EndpointForm
    list_display = ("gateway", "url", "is_active", "events_path", "secret")
    readonly_fields = ("gateway", "events_path", "secret")
    face = ENDPOINT_FACE

    @admin.display(description="events are delivered to")
    def events_path(self, endpoint: GatewayEndpoint) -> str:
        """The path for the gateway's settings."""
        return f"/api/gateway-events/{endpoint.id}"

    @admin.display(description="secret")
    def secret(self, endpoint: GatewayEndpoint) -> str:
        """Whether it is set, never what it is."""
        return describe_secret(endpoint)

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        if isinstance(obj, GatewayEndpoint):
            address = ("url",) if obj.kind.needs_url else ()
            return ("gateway", *address, "is_active", "events_path", "secret")
        # Nobody is asked to choose of one.
        return ("kind", "url") if len(connectable()) > 1 else ("url",)

    def add_object(self, *, actor: Actor, values: dict[str, Any]) -> models.Model:
        gateway = values.get("kind") or connectable()[0].code
        return connect_gateway(actor=actor, gateway=gateway, url=values.get("url", ""))

    def change_object(self, *, actor: Actor, instance: models.Model, values: dict[str, Any]) -> None:
        assert isinstance(instance, GatewayEndpoint)
        change_endpoint(
            actor=actor, endpoint=instance, url=values.get("url"), is_active=values.get("is_active")
        )


@admin.register(GatewayCharge)
class GatewayChargeAdmin(ReadOnlyAdmin):
    """Money asked for through gateways."""

    list_display = (
        "reference",
        "created_at",
        "method",
        "amount",
        "currency",
        "state",
        "settled_amount",
        "reason",
        "questions",
    )
    list_filter = ("state", "method", "created_at", "amount")
    date_hierarchy = "created_at"
    totals = ("amount", "settled_amount")
    search_fields = ("^reference", "^gateway_reference")
    ordering = ("-created_at", "-id")
    face = CHARGE_FACE
