"""What core's tables are to the console (`core.kernel.subject`)."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.subject import SourceType, Subject

SUBJECTS: Final = (
    Subject(model="core.Approval", title="All requests", icon="rule", permission="core.view"),
    Subject(model="core.AuditEvent", title="Audit trail", icon="history", permission="trail.view"),
    Subject(model="core.CompanySettings", title="Company", icon="settings", permission="core.view"),
    Subject(
        model="core.Invitation",
        title="Invitations",
        icon="person_add",
        permission="core.manage_users",
        named="{t}.username",
    ),
    Subject(model="core.Membership", title="Memberships", icon="group", permission="core.view"),
    Subject(
        model="core.OutgoingMail",
        title="Sent mail",
        icon="outgoing_mail",
        permission="mail.view",
        sources=(SourceType("core.outgoing_mail"),),
        named="{t}.title",
    ),
    Subject(
        model="core.User",
        title="Users",
        icon="person",
        permission="core.view",
        named="coalesce(nullif(trim({t}.first_name || ' ' || {t}.last_name), ''), {t}.username)",
    ),
    Subject(
        model="django_celery_beat.PeriodicTask",
        title="Times of schedules",
        icon="more_time",
        permission="schedules.view",
    ),
)
