"""What leads a person into a company, and what is told to people: invitations and notices."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from batconnect.core.constraints import CompanyIsolation
from batconnect.core.ids import uuid7
from batconnect.core.models import TenantModel, User
from batconnect.core.permissions import Group


class Invitation(TenantModel):
    """A place in a company that is offered to a user name; a membership only once its person accepts.

    The name stands as it was typed, and is never looked up: whoever invites does not learn whether it exists.
    """

    class State(models.TextChoices):
        PENDING = "pending", "Waiting"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = models.CharField(max_length=150)
    groups = ArrayField(models.CharField(max_length=30, choices=Group.choices), default=list)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    invited_by = models.CharField(max_length=150, help_text="The administrator's name, or the command's.")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(help_text="From then on it can no longer be accepted.")
    decided_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True, help_text="When the job has looked whom to write to.")

    class Meta:
        db_table = "invitations"
        ordering = ("-created_at", "-id")
        constraints = [
            CompanyIsolation(name="invitation_company", or_own_username=True),
            models.UniqueConstraint(
                fields=["company", "username"],
                condition=models.Q(state="pending"),
                name="invitation_one_pending",
            ),
            models.CheckConstraint(
                condition=models.Q(groups__contained_by=Group.values), name="invitation_known_groups"
            ),
            models.CheckConstraint(
                condition=models.Q(state="pending", decided_at__isnull=True)
                | (~models.Q(state="pending") & models.Q(decided_at__isnull=False)),
                name="invitation_decided_at",
            ),
        ]
        # Does not begin with the company: the invited person asks for the own ones of all companies.
        indexes = [
            models.Index(
                fields=["username"], condition=models.Q(state="pending"), name="invitation_username"
            ),
            models.Index(fields=["company", "created_at"], name="invitation_created"),
        ]

    def __str__(self) -> str:
        return f"Invitation of {self.username}"


class Notice(TenantModel):
    """Something that was done to a person's account, rights or company, told to that person: here and by mail."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    text = models.CharField(max_length=500)
    email = models.EmailField(blank=True, help_text="The person's address when it happened; empty: no mail.")
    created_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True, help_text="Sent, given up, or nowhere to send it to.")
    mail_due_at = models.DateTimeField(
        db_default=Now(), help_text="Not before then; a sender that takes it on moves it ahead."
    )
    mail_attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        db_table = "notices"
        ordering = ("-created_at", "-id")
        constraints = [CompanyIsolation(name="notice_company", or_own_user=True)]
        # The first does not begin with the company: a person reads the own ones of all companies.
        indexes = [
            models.Index(fields=["user", "created_at"], name="notice_user"),
            models.Index(
                fields=["company", "mail_due_at"],
                condition=models.Q(mailed_at__isnull=True),
                name="notice_unmailed",
            ),
        ]

    def __str__(self) -> str:
        return self.text
