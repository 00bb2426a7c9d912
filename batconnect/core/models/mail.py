"""Mails of documents to customers: the outbox, and the log of what was sent."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import tenant_constraints
from batconnect.core.kernel.ids import uuid7
from batconnect.core.models.companies import TenantModel


class OutgoingMail(TenantModel):
    """A document on its way to one address, or sent (docs/domain.md#outgoing-mail).

    What is attached is not kept: `kind` and `number` name the document, which is printed when the mail is sent.
    `due_at` is when a sender may take it. `customer_id` is held by a key that the directory declares.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        BOUNCED = "bounced", "Bounced"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField("kind of document", max_length=40, help_text="See core.mailing.kinds.")
    number = models.CharField(max_length=60, help_text="Names the document among its kind.")
    title = models.CharField("document", max_length=120)
    customer_id = models.UUIDField(null=True)
    case_no = models.CharField("case", max_length=20, blank=True)
    recipient = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField(max_length=5000)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField("next attempt")
    requested_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    sent_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, blank=True, help_text="Why the last attempt failed.")

    class Meta:
        db_table = "outgoing_mails"
        ordering = ("-id",)
        verbose_name = "mail"
        constraints = [
            *tenant_constraints("outgoing_mail"),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="outgoing_mail_sent_at",
            ),
            models.CheckConstraint(
                condition=~Q(recipient__regex=r"[[:space:][:cntrl:],;]") & ~Q(subject__regex=r"[[:cntrl:]]"),
                name="outgoing_mail_one_line",
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "due_at"], condition=Q(state="queued"), name="outgoing_mail_outbox"
            ),
            models.Index(fields=["company", "customer_id", "id"], name="outgoing_mail_customer"),
            models.Index(fields=["company", "case_no"], condition=~Q(case_no=""), name="outgoing_mail_case"),
            models.Index(fields=["company", "kind", "number"], name="outgoing_mail_document"),
            models.Index(fields=["company", "created_at"], name="outgoing_mail_age"),
        ]

    def __str__(self) -> str:
        return f"{self.title} to {self.recipient}"
