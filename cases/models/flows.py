"""Workflows as they are declared: filled by `cases.sync`, as the owner, and read-only at runtime; and what a company
decides about a step."""

from __future__ import annotations

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import tenant_constraints
from batconnect.core.database.history import tracked
from batconnect.core.kernel.permissions import Group
from batconnect.core.kernel.words import describe_code
from batconnect.core.models import TenantModel
from cases.states import RELEASE, State

STATES: Final = [(state.value, state.value) for state in State]


class CaseType(models.Model):
    """A kind of workflow: `INTPAY`, `DRLNS`, …"""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=12, unique=True, help_text="What its case numbers begin with.")
    is_creatable = models.BooleanField(default=True, help_text="Whether people open such cases.")
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "case_types"
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class CaseStep(models.Model):
    """A heading that groups the steps of a case type, in order."""

    case_type = models.ForeignKey(CaseType, on_delete=models.PROTECT, related_name="steps", db_index=False)
    name = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField()
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "case_steps"
        ordering = ("case_type", "position")
        constraints = [models.UniqueConstraint(fields=["case_type", "name"], name="case_step_name")]

    def __str__(self) -> str:
        return self.name


class CaseStepConfig(models.Model):
    """A step: its id as clients send it, its operation, who may take it and how long it may wait."""

    case_step = models.ForeignKey(CaseStep, on_delete=models.PROTECT, related_name="configs")
    step_id = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=160)
    operation = models.CharField(max_length=20)
    position = models.PositiveSmallIntegerField()
    groups = ArrayField(models.CharField(max_length=30, choices=Group.choices), default=list)
    sla = models.DurationField(null=True, blank=True, help_text="How long a case may wait at this step.")
    is_active = models.BooleanField(default=True)
    created_on = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "case_step_configs"
        ordering = ("case_step", "position")
        constraints = [
            models.CheckConstraint(
                condition=Q(groups__contained_by=Group.values), name="case_step_config_groups"
            ),
            models.CheckConstraint(
                condition=Q(operation__in=["fetch", "process"]), name="case_step_config_operation"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.step_id})"


class CaseStepConfigPath(models.Model):
    """The path of a step's JSON Schema, relative to a `bpm_flows` folder; blank means "no form"."""

    case_step_config = models.ForeignKey(
        CaseStepConfig, on_delete=models.PROTECT, related_name="paths", db_index=False
    )
    path = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    created_on = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "case_step_config_paths"
        ordering = ("case_step_config", "-is_active", "-created_on")
        constraints = [
            models.UniqueConstraint(fields=["case_step_config", "path"], name="case_step_config_path"),
            models.UniqueConstraint(
                fields=["case_step_config"],
                condition=Q(is_active=True),
                name="case_step_config_one_active_path",
            ),
        ]

    def __str__(self) -> str:
        return self.path or "no form"


class CaseState(models.Model):
    """A state that a case may be in."""

    name = models.CharField(primary_key=True, max_length=20)
    position = models.PositiveSmallIntegerField()
    is_final = models.BooleanField()

    class Meta:
        db_table = "case_states"
        ordering = ("position",)

    def __str__(self) -> str:
        return self.name


class CaseTransition(models.Model):
    """A transition that exists: what has no row here is refused, by the services and by the database."""

    case_type = models.ForeignKey(
        CaseType, on_delete=models.PROTECT, related_name="transitions", db_index=False
    )
    from_state = models.ForeignKey(
        CaseState, on_delete=models.PROTECT, related_name="+", db_column="from_state", db_index=False
    )
    trigger = models.CharField(
        max_length=60, help_text="A step's id, an action, or a name that an app fires."
    )
    to_state = models.ForeignKey(
        CaseState, on_delete=models.PROTECT, related_name="+", db_column="to_state", db_index=False
    )
    who = models.CharField(max_length=200, blank=True)
    guards = models.CharField(max_length=300, blank=True)
    effect = models.CharField(max_length=300, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "case_transitions"
        ordering = ("case_type", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["case_type", "from_state", "trigger", "to_state"], name="case_transition_row"
            ),
            # A release leads back to where the case came from, so it alone has a row per state.
            models.UniqueConstraint(
                fields=["case_type", "from_state", "trigger"],
                condition=Q(is_active=True) & ~Q(trigger=RELEASE),
                name="case_transition_one_target",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_state_id} → {self.to_state_id} on {describe_code(self.trigger)}"


class CaseStepOverride(TenantModel):
    """What one company decides about a step: its own groups and time limit; null keeps the default."""

    case_step_config = models.ForeignKey(
        CaseStepConfig, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name="step"
    )
    groups = ArrayField(models.CharField(max_length=30, choices=Group.choices), null=True, blank=True)
    sla = models.DurationField(null=True, blank=True, help_text="00:00:00 means no limit.")

    class Meta:
        db_table = "case_step_overrides"
        constraints = [
            *tenant_constraints("case_step_override"),
            models.UniqueConstraint(fields=["company", "case_step_config"], name="case_step_override_once"),
            models.CheckConstraint(
                condition=Q(groups__isnull=True) | Q(groups__contained_by=Group.values),
                name="case_step_override_groups",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_step_config}"


CaseStepOverrideHistory = tracked(CaseStepOverride, prefix="case_step_override")
