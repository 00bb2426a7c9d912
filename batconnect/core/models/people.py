"""People: their accounts, their places in companies, and what they are offered and told."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from batconnect.core.database.constraints import CompanyIsolation, OwnersColumns, TenantPrimaryKey, Trigger
from batconnect.core.database.history import tracked
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.permissions import Group
from batconnect.core.models.companies import TenantModel

# The groups that hold `permissions.FOR_PEOPLE_ALONE`; a test compares. What was there before stays as it is:
# `permissions_of` gives such a program none of those rights.
_NO_PROGRAM_DECIDES: Final = """
if new.groups && '{Finance manager,Administrator}'::varchar[]
   and (tg_op = 'INSERT' or new.groups is distinct from old.groups or new.user_id is distinct from old.user_id)
   and exists (select from users where id = new.user_id and not is_staff) then
  raise exception 'a program account decides nothing: %', new.groups using errcode = 'check_violation',
    constraint = tg_name;
end if;
return new;
"""


class User(AbstractUser):
    """A person who signs in. What they may do is decided per company, by their memberships."""

    home_company = models.ForeignKey(
        "core.Company",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        help_text="Whose administrators keep the account; other companies only give it memberships.",
    )
    second_factor_since = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When the person's device was set up; a session proves it anew after each change. Empty: none.",
    )
    one_time_password_until = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="The password was set by somebody else: good until then, and only to choose a new one.",
    )

    token_generation = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text="Tokens name the one they were made in; raised by the database when the sign-in changes.",
    )

    mails_notices = models.BooleanField(
        "mail me what waits for me",
        default=False,
        db_default=False,
        help_text="Approvals, mentions, cases and failures; what is done to the account comes by mail anyway.",
    )

    class Meta(AbstractUser.Meta):
        db_table = "users"
        constraints = [
            OwnersColumns(
                name="user_owners_columns",
                columns=("username", "is_superuser", "is_staff", "date_joined", "home_company_id"),
                never="new.is_superuser",
            ),
            OwnersColumns(
                name="static_device_owners_columns",
                table="otp_static_staticdevice",
                columns=("user_id", "created_at"),
            ),
            # Whatever entry point changes the password, the second factor or the account itself ends every token of
            # before; and no entry point sets it back, though Django's save() names every column.
            Trigger(
                name="user_token_generation",
                event="before update",
                body="new.token_generation := old.token_generation + ((new.password, new.second_factor_since, "
                "new.is_active) is distinct from (old.password, old.second_factor_since, old.is_active))::int; "
                "return new;",
            ),
        ]

    @property
    def display_name(self) -> str:
        """The first name, else the username: how cases and receipts name a person.

        Rule: docs/seeds.md#interim-payments.
        """
        return self.first_name or self.username


class Membership(TenantModel):
    """A user's place in a company, with the groups held there."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    groups = ArrayField(models.CharField(max_length=30, choices=Group.choices), default=list)
    is_active = models.BooleanField(default=True)
    suspended_since = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="The company that keeps the account reset its sign-in: inactive until confirmed here.",
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "memberships"
        constraints = [
            TenantPrimaryKey(name="membership_primary_key"),
            CompanyIsolation(name="membership_company", or_own_user=True),
            models.UniqueConstraint(fields=["company", "user"], name="membership_once_per_company"),
            models.CheckConstraint(
                condition=models.Q(groups__contained_by=Group.values), name="membership_known_groups"
            ),
            # So that whoever asks for active places alone asks rightly.
            models.CheckConstraint(
                condition=models.Q(is_active=False) | models.Q(suspended_since__isnull=True),
                name="membership_suspended_is_inactive",
            ),
            Trigger(
                name="membership_no_program_decides",
                event="before insert or update of groups, user_id",
                body=_NO_PROGRAM_DECIDES,
            ),
        ]
        # The one index that does not begin with the company: a sign-in asks for the user's companies.
        indexes = [models.Index(fields=["user"], name="membership_user")]

    def __str__(self) -> str:
        return f"{self.user} in {self.company}"


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
            TenantPrimaryKey(name="invitation_primary_key"),
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
        # Does not begin with the company: an invited person reads their invitations from all companies.
        indexes = [
            models.Index(
                fields=["username"], condition=models.Q(state="pending"), name="invitation_username"
            ),
            models.Index(fields=["company", "created_at"], name="invitation_created"),
        ]

    def __str__(self) -> str:
        return f"Invitation of {self.username}"


class Notice(TenantModel):
    """Something that a person has to know: what was done to their account, rights or company, or what waits for them
    (docs/domain.md#notices).

    `subject_model` and `subject_key` name the row that it leads to. While one about a row is not read there is no
    second of its kind.
    """

    class Kind(models.TextChoices):
        ACCOUNT = "account", "Your account"
        APPROVAL = "approval", "Waits for you"
        DECIDED = "decided", "Decided"
        MENTION = "mention", "Mentioned"
        REASSIGNED = "reassigned", "Given to you"
        FAILURE = "failure", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.ACCOUNT, db_default=Kind.ACCOUNT)
    text = models.CharField(max_length=500)
    subject_model = models.CharField(
        max_length=60, blank=True, db_default="", help_text="`payments.Payment`."
    )
    subject_key = models.CharField(max_length=100, blank=True, db_default="")
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
        constraints = [
            TenantPrimaryKey(name="notice_primary_key"),
            CompanyIsolation(name="notice_company", or_own_user=True),
            models.UniqueConstraint(
                fields=["company", "user", "kind", "subject_model", "subject_key"],
                condition=models.Q(read_at__isnull=True) & ~models.Q(subject_key=""),
                name="notice_once_until_read",
            ),
        ]
        # The first two do not begin with the company: a person reads their notices from all companies.
        indexes = [
            models.Index(
                fields=["user", "kind"], condition=models.Q(read_at__isnull=True), name="notice_unread"
            ),
            models.Index(fields=["user", "created_at"], name="notice_user"),
            models.Index(
                fields=["company", "mail_due_at"],
                condition=models.Q(mailed_at__isnull=True),
                name="notice_unmailed",
            ),
        ]

    def __str__(self) -> str:
        return self.text


MembershipHistory = tracked(Membership, prefix="membership")
