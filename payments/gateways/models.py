"""Payment gateways of a company, the charges handed to them, and the events they sent.

Rule: docs/domain.md#paying-installments.
"""

from __future__ import annotations

from typing import Final
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import (
    AppendOnly,
    CompanyIsolation,
    TenantPrimaryKey,
    tenant_constraints,
)
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.models import TenantModel
from payments.gateways.interface import GatewayKind
from payments.gateways.kinds import GATEWAYS, address_fits

NAMED_BY: Final = "app.gateway_endpoint_id"
"""The setting that lets the one endpoint be read which an event is addressed to."""


class GatewayEndpoint(TenantModel):
    """Where one gateway delivers its events for one company. The id is random: it is the address."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    gateway = models.CharField(max_length=10, choices=[(each.code, each.label) for each in GATEWAYS.values()])
    url = models.CharField(max_length=200, blank=True, help_text="https://…, on a host of GATEWAY_HOSTS.")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "gateway_endpoints"
        ordering = ("gateway",)
        constraints = [
            TenantPrimaryKey(name="gateway_endpoint_primary_key"),
            CompanyIsolation(name="gateway_endpoint_company", or_named_by=NAMED_BY),
            models.UniqueConstraint(fields=["company", "gateway"], name="gateway_endpoint_once"),
            models.CheckConstraint(condition=address_fits(), name="gateway_endpoint_url"),
        ]
        # Events are addressed to an endpoint by its id, before there is a company.
        indexes = [models.Index(fields=["id"], name="gateway_endpoint_address")]

    def __str__(self) -> str:
        return self.kind.label

    @property
    def kind(self) -> GatewayKind:
        """How its gateway is declared."""
        return GATEWAYS[self.gateway]


class GatewayCharge(TenantModel):
    """Money asked for through a gateway. Its id is the idempotency key that the gateway gets.

    `waiting` to be handed over → `sent` → `settled`, `failed` or `cancelled`. The state turns to `sent` before the
    gateway is called, so that a worker that dies there leaves a charge to ask about, never one to send again.
    `due_at` is when a sweeper sends a waiting one, or asks about a sent one; pushing it on is the lease.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        SETTLED = "settled", "Settled"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    endpoint = tenant_key("payments.GatewayEndpoint")
    subject_type = models.CharField(max_length=60, help_text="Who asked: see gateways.purposes.")
    subject_id = models.CharField(max_length=60)
    reference = models.CharField(max_length=60)
    method = models.CharField(max_length=24)
    amount = MoneyField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    settled_amount = MoneyField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    gateway_reference = models.CharField(max_length=100, blank=True)
    sendings = models.PositiveSmallIntegerField(default=0)
    questions = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "gateway_charges"
        constraints = [
            *tenant_constraints("gateway_charge", "endpoint"),
            models.UniqueConstraint(
                fields=["company", "subject_type", "subject_id"], name="gateway_charge_subject"
            ),
            models.UniqueConstraint(
                fields=["company", "endpoint", "reference"], name="gateway_charge_reference"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="gateway_charge_amount_positive"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "sent"], finished_at__isnull=True)
                | Q(state__in=["settled", "failed", "cancelled"], finished_at__isnull=False),
                name="gateway_charge_finished_at",
            ),
            models.CheckConstraint(
                condition=Q(state="settled", settled_amount__isnull=False, settled_amount__gt=0)
                | (~Q(state="settled") & Q(settled_amount__isnull=True)),
                name="gateway_charge_settled_amount",
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "state", "due_at"],
                condition=Q(state__in=["waiting", "sent"]),
                name="gateway_charge_due",
            )
        ]

    def __str__(self) -> str:
        return self.reference


class GatewayEvent(TenantModel):
    """What a gateway reported, each event once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    endpoint = tenant_key("payments.GatewayEndpoint")
    event_id = models.CharField(max_length=100)
    kind = models.CharField(max_length=40)
    reference = models.CharField(max_length=60)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now(), editable=False)
    payload = models.JSONField(default=dict)

    class Meta:
        db_table = "gateway_events"
        constraints = [
            *tenant_constraints("gateway_event", "endpoint"),
            AppendOnly(name="gateway_event_append_only"),
            models.UniqueConstraint(fields=["company", "endpoint", "event_id"], name="gateway_event_once"),
        ]
        indexes = [models.Index(fields=["company", "reference"], name="gateway_event_reference")]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"
