"""Repair invoices that the company advances and drivers repay (docs/domain.md#repairs)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from batconnect.core.database.keys import tenant_key
from batconnect.directory.search_keys import SearchKeys
from ledger.repayment.models import (
    Installment,
    RepaidDocument,
    document_constraints,
    document_indexes,
    installment_constraints,
    installment_indexes,
)

SEARCH_KEYS: Final = SearchKeys("repair_invoices", "repair", {"workshop invoice": "invoice_number"})


class RepairInvoice(RepaidDocument):
    """A workshop's invoice for a lease's vehicle, repaid weekly without interest.

    `document_path` is the stored file's place under the media root; a view that checks permissions serves it.
    """

    class Workshop(models.TextChoices):
        BIG_APPLE = "Big Apple Workshop", "Big Apple Workshop"
        EXTERNAL = "External Workshop", "External Workshop"

    vehicle = tenant_key("directory.Vehicle")
    invoice_number = models.CharField(max_length=40)
    invoice_date = models.DateField()
    workshop_type = models.CharField(max_length=20, choices=Workshop.choices)
    document_name = models.CharField(max_length=120, blank=True)
    document_type = models.CharField(max_length=20, blank=True)
    document_path = models.CharField(max_length=200, blank=True)
    document_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "repair_invoices"
        ordering = ("-number_order",)
        constraints = [
            *document_constraints(
                "repair_invoice",
                "vehicle",
                documents="repair_invoices",
                installments="repair_installments",
                parent="repair_id",
                fixed=", vehicle_id, invoice_number, invoice_date, workshop_type",
            ),
            # A cancelled one was a mistake: the invoice may be entered again.
            models.UniqueConstraint(
                "company",
                "vehicle",
                Upper("invoice_number"),
                "invoice_date",
                condition=~Q(status="Cancelled"),
                name="repair_invoice_once",
            ),
            SEARCH_KEYS.trigger(name="repair_invoice_search_keys", changes=False),
            models.CheckConstraint(condition=~Q(invoice_number=""), name="repair_invoice_has_number"),
            models.CheckConstraint(
                condition=Q(workshop_type__in=["Big Apple Workshop", "External Workshop"]),
                name="repair_invoice_known_workshop",
            ),
            models.CheckConstraint(
                condition=Q(start_week__gte=F("invoice_date")), name="repair_invoice_starts_after_invoice"
            ),
            models.CheckConstraint(
                condition=Q(document_path="", document_name="", document_type="", document_at__isnull=True)
                | (
                    ~Q(document_path="")
                    & ~Q(document_name="")
                    & Q(document_type__in=["application/pdf", "image/jpeg", "image/png"])
                    & Q(document_at__isnull=False)
                ),
                name="repair_invoice_document_whole",
            ),
        ]
        indexes = [
            *document_indexes("repair_invoice"),
            models.Index(fields=["company", "invoice_date", "id"], name="repair_invoice_date"),
            models.Index(fields=["company", "vehicle", "number_order"], name="repair_invoice_vehicle"),
        ]


class RepairInstallment(Installment):
    """One week's share of a repair."""

    repair = tenant_key("repairs.RepairInvoice", related_name="installments")

    class Meta:
        db_table = "repair_installments"
        ordering = ("repair", "number")
        constraints = installment_constraints(
            "repair_installment",
            table="repair_installments",
            parent="repair",
            documents="repair_invoices",
            amounts=("principal",),
        )
        indexes = installment_indexes("repair_installment")

    @property
    def total_due(self) -> Decimal:
        """The principal: repairs bear no interest."""
        return self.principal
