"""What the runtime role may do with the tables of core, and with those of the libraries (core.database.rights)."""

from __future__ import annotations

from axes.models import AccessAttempt, AccessAttemptExpiration, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    PeriodicTasks,
    SolarSchedule,
)
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from pghistory.models import Context

from batconnect.core.database.rights import declare, declare_read_only
from batconnect.core.models import (
    Approval,
    AuditEvent,
    Authenticator,
    BulkOperation,
    BulkRow,
    Company,
    CompanySchedule,
    CompanySettings,
    Counter,
    Currency,
    IdempotencyKey,
    Invitation,
    JobRun,
    ListChoice,
    Membership,
    Note,
    NoteFile,
    Notice,
    OutgoingMail,
    SavedFilter,
    SpentToken,
    TokenFamily,
    User,
    WorkHold,
)

# --- Companies and people -----------------------------------------------------------------------------
declare_read_only(Company, Currency, why="Added and changed by commands of the owner.")
declare(
    User,
    update="*",
    why="Django writes accounts whole; a trigger keeps what only the owner changes.",
)
declare_read_only(
    *(
        Group,
        Permission,
        ContentType,
        User.groups.through,
        User.user_permissions.through,
        Group.permissions.through,
    ),
    why="Django's own rights: ours are groups in memberships.",
)
declare(
    Membership,
    update="groups is_active suspended_since",
    why="Who works here and with which groups; a place ends by is_active.",
)
declare(
    Invitation,
    update="state decided_at mailed_at",
    why="Accepted, declined, withdrawn, mailed; what was offered to whom stays.",
)
declare(
    Notice,
    update="read_at mailed_at mail_due_at mail_attempts",
    why="Read and mailed; what was told to whom stays.",
)
declare(
    Note,
    update="withdrawn_at withdrawn_by withdrawn_reason",
    why="Written once and withdrawn once; a trigger keeps what was written.",
)
declare(NoteFile, why="Append-only: the files of notes.")
declare(
    OutgoingMail,
    update="state attempts due_at sent_at failure",
    why="Tried, sent or given up; what was asked for by whom, and to which address, stays.",
)
declare(
    CompanySettings,
    insert=False,
    update=" ".join(CompanySettings.changeable()),
    why="Administrators change them; the row is made with the company.",
)

# --- Sign-in ----------------------------------------------------------------------------------------------
declare(
    Authenticator,
    update="throttling_failure_timestamp throttling_failure_count last_used_at drift last_step",
    delete=True,
    why="A code moves the counters; a new app is a new row and the old one goes.",
)
declare(
    StaticDevice,
    update="*",
    delete=True,
    why="Recovery codes as django-otp keeps them, which writes rows whole; a trigger keeps whose they are.",
)
declare(StaticToken, delete=True, why="Digests of recovery codes: each is good once, then deleted.")
declare(
    Session, update="session_data expire_date", delete=True, why="Console sessions, deleted when they end."
)
declare(
    AccessAttempt,
    update="*",
    delete=True,
    why="Failed sign-ins as axes counts them, which writes rows whole; forgotten after a success.",
)
declare(AccessAttemptExpiration, update="expires_at", delete=True, why="When such a count ends.")
declare(AccessFailureLog, delete=True, why="Failed sign-ins, kept for a while.")
declare(AccessLog, update="logout_time", delete=True, why="Sign-ins and sign-outs, kept for a while.")
declare(
    TokenFamily,
    update="ended_at ended_why",
    delete=True,
    why="Sign-ins by the API: each ends once, and is purged when it is over.",
)
declare(SpentToken, delete=True, why="Identifiers of tokens that were exchanged, purged with their family.")

# --- Schedules ----------------------------------------------------------------------------------------------
declare(
    PeriodicTask,
    insert=False,
    update="*",
    why="Beat and the console write rows whole to note runs and re-time; a trigger keeps which code runs.",
)
declare(
    CompanySchedule,
    update=("weekday at time_zone paused_at pause_reason handled_through changed_by changed_at version"),
    why="When a company's jobs run: changed, paused and resumed by its administrators; whose job it is stays.",
)
declare(PeriodicTasks, update="last_update", why="The instant by which beat sees that schedules changed.")
declare_read_only(
    *(CrontabSchedule, IntervalSchedule, SolarSchedule, ClockedSchedule),
    why="The times that schedules may have; made when migrating, from what the code declares.",
)

# --- A second person --------------------------------------------------------------------------------------------
declare(
    Approval,
    update="status decided_by_id decided_at decision_reason outcome",
    why="Asked for once, decided once, by somebody else; what was asked for never changes.",
)

# --- Many rows at once --------------------------------------------------------------------------------------------
declare(
    BulkOperation,
    update="state answers said version request_id done_rows confirmed_at finished_at",
    delete=True,
    why="Chosen, planned, confirmed, carried out; one that was never confirmed is deleted, any other stays.",
)
declare(
    BulkRow,
    update="state planned digest amount currency said kept",
    delete=True,
    why="Planned, then carried out once; deleted with an operation that was never confirmed.",
)

# --- What every app stands on ---------------------------------------------------------------------------------
declare(AuditEvent, defaulted="at", why="Append-only; the instant is the database's.")
declare(Counter, update="value", why="The next number of each series.")
declare(
    IdempotencyKey,
    update="status body headers",
    delete=True,
    why="Claimed, then answered; deleted after a refusal and after seven days.",
)
declare(
    WorkHold,
    update="id held_by since until",
    delete=True,
    why="Who is at a piece of work: taken, renewed, taken over from the dead, given back.",
)
declare(
    SavedFilter, update="name query is_shared", delete=True, why="A person's own names for views of lists."
)
declare(
    ListChoice,
    update="columns view_id changed_at",
    why="How a person has a list.",
)
declare(
    JobRun,
    update="state started_at finished_at detail counts",
    delete=True,
    why="Runs of jobs; the newest twenty of each are kept.",
)
declare_read_only(
    Context,
    LogEntry,
    why="Unused: the history holds its context, and the console has a trail of its own.",
)
