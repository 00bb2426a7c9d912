"""Cases: what runs, what happened to it, which nobody changes, and what it is about."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import AppendOnly, Trigger, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ExactDecoder
from batconnect.core.models import TenantModel
from cases.models.flows import STATES, CaseType
from cases.states import FINAL_STATES, State

_FINAL: Final = sorted(state.value for state in FINAL_STATES)

# A case begins Open, moves only along a row of case_transitions, is held from and released to the state it
# came from, and once final changes only by such a row (a void reopens); type, number and beginning stay.
_LEGAL_CHANGE: Final = """
if tg_op = 'DELETE' then
  raise exception 'case % is kept forever', old.case_no using errcode = 'restrict_violation';
end if;
if tg_op = 'INSERT' then
  if new.state <> 'Open' then
    raise exception 'a case begins Open, not %', new.state using errcode = 'check_violation';
  end if;
  return new;
end if;
if (new.id, new.company_id, new.case_type_id, new.case_no, new.created_on)
   is distinct from (old.id, old.company_id, old.case_type_id, old.case_no, old.created_on) then
  raise exception 'case % keeps its type, number and beginning', old.case_no
    using errcode = 'restrict_violation';
end if;
if new.state = old.state then
  if old.closed_at is not null then
    raise exception 'case % is %: it no longer changes', old.case_no, old.state
      using errcode = 'restrict_violation';
  end if;
  return new;
end if;
if not exists (
  select 1 from case_transitions t
  where t.case_type_id = old.case_type_id and t.from_state = old.state and t.to_state = new.state
    and t.is_active
    and (t.trigger <> 'release' or old.state_before_hold = new.state)
    and (t.trigger <> 'hold' or new.state_before_hold = old.state)
) then
  raise exception 'case %: no transition from % to %', old.case_no, old.state, new.state
    using errcode = 'check_violation';
end if;
return new;
"""


class Case(TenantModel):
    """One run of a workflow. `cases.services` changes its state, along a transition.

    `version` counts the changes of the row. `state_before_hold` is where a release leads; it is set while
    the case is on hold. `draft` is what steps have noted for later ones.
    """

    id = models.BigAutoField(primary_key=True)
    case_type = models.ForeignKey(CaseType, on_delete=models.PROTECT, related_name="+", db_index=False)
    case_no = models.CharField(max_length=24)
    state = models.CharField(max_length=20, choices=STATES, default=State.OPEN.value)
    state_before_hold = models.CharField(max_length=20, choices=STATES, blank=True, default="")
    state_changed_at = models.DateTimeField()
    current_step = models.CharField(max_length=60, blank=True, help_text="The step that the case waits for.")
    draft = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    subject = models.CharField(max_length=200, blank=True, help_text="Whom and what it is about, for search.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_by_name = models.CharField(max_length=150)
    created_on = models.DateTimeField()
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    action_due_on = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "cases"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("case"),
            # By bytes: the console's search asks for numbers by their beginning.
            models.UniqueConstraint(
                fields=["company", "case_no"],
                opclasses=["uuid_ops", "text_pattern_ops"],
                name="case_number",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in State]), name="case_known_state"
            ),
            models.CheckConstraint(
                condition=(
                    Q(state=State.ON_HOLD.value)
                    & Q(state_before_hold__in=[State.OPEN.value, State.IN_PROGRESS.value])
                )
                | (~Q(state=State.ON_HOLD.value) & Q(state_before_hold="")),
                name="case_held_from",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=_FINAL) & Q(closed_at__isnull=False))
                | (~Q(state__in=_FINAL) & Q(closed_at__isnull=True)),
                name="case_closed_at",
            ),
            Trigger(name="case_legal_change", event="before insert or update or delete", body=_LEGAL_CHANGE),
        ]
        indexes = [
            # The work basket, oldest time limit first.
            models.Index(
                fields=["company", "current_step", "action_due_on", "id"],
                condition=Q(closed_at__isnull=True),
                name="case_basket",
            ),
            models.Index(
                fields=["company", "action_due_on"],
                condition=Q(closed_at__isnull=True, escalated_at__isnull=True, action_due_on__isnull=False),
                name="case_to_escalate",
            ),
            # The lists: by time limit, by type, by state; by number and date they follow the key.
            models.Index(fields=["company", "action_due_on", "id"], name="case_by_limit"),
            models.Index(fields=["company", "case_type", "id"], name="case_by_type"),
            models.Index(fields=["company", "state", "id"], name="case_by_state"),
        ]

    def __str__(self) -> str:
        return self.case_no


class CaseEvent(TenantModel):
    """What happened to a case: who, when, which step and transition, what it created. The audit trail."""

    class Kind(models.TextChoices):
        CREATED = "created", "Created"
        STEP = "step", "Step"
        HELD = "hold", "Put on hold"
        RELEASED = "release", "Released"
        CANCELLED = "cancel", "Cancelled"
        REASSIGNED = "reassign", "Reassigned"
        ESCALATED = "escalate", "Escalated"
        MOVED = "move", "Moved"
        NOTED = "note", "Noted"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = tenant_key("cases.Case", related_name="events")
    at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=10, choices=Kind.choices)
    step_id = models.CharField(max_length=60, blank=True)
    trigger = models.CharField(max_length=60, blank=True)
    from_state = models.CharField(max_length=20, blank=True)
    to_state = models.CharField(max_length=20, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    actor = models.CharField(max_length=150, help_text="The person's name, or the job's.")
    reason = models.CharField(max_length=500, blank=True)
    payload = models.JSONField(
        default=dict,
        encoder=DjangoJSONEncoder,
        decoder=ExactDecoder,
        help_text="Amounts are numbers with their two decimals.",
    )
    created = models.JSONField(default=list, encoder=DjangoJSONEncoder, help_text="What the event created.")
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "case_events"
        ordering = ("id",)
        constraints = [
            *tenant_constraints("case_event", "case"),
            AppendOnly(name="case_event_append_only"),
        ]
        indexes = [
            models.Index(fields=["company", "case", "id"], name="case_event_case"),
            models.Index(fields=["company", "at", "id"], name="case_event_at"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class CaseEntity(TenantModel):
    """Something a case created: an interim payment, a loan, …; append-only like the event that made it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = tenant_key("cases.Case", related_name="entities")
    entity = models.CharField(max_length=60)
    entity_id = models.CharField(max_length=60)
    url = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "case_entities"
        ordering = ("id",)
        verbose_name_plural = "case entities"
        constraints = [
            *tenant_constraints("case_entity", "case"),
            AppendOnly(name="case_entity_append_only"),
            models.UniqueConstraint(fields=["company", "entity", "entity_id"], name="case_entity_once"),
        ]
        indexes = [models.Index(fields=["company", "case", "id"], name="case_entity_case")]

    def __str__(self) -> str:
        return f"{self.entity} {self.entity_id}"


def as_stored(**values: Any) -> Case:
    """An instance as stored in the database, not one to be added."""
    case = Case(**values)
    case._state.adding = False
    return case
