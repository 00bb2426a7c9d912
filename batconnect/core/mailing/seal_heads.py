"""The last seal of each company, mailed to its auditor every night (docs/seals.md#heads-by-mail).

The address stands in the environment: whoever can change the database that seals are about cannot lead the mails
elsewhere. The mail is a row of the outbox, which is sent outside of any transaction and tried again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from batconnect.core.api.printed import Printed, PrintedKind
from batconnect.core.database.rows import insert_batch
from batconnect.core.database.transactions import reads
from batconnect.core.jobs.running import OF_COMPANY, wake
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import end_of_day, now, today
from batconnect.core.mailing.errors import DocumentNotMailed
from batconnect.core.mailing.kinds import About, MailedKind, register_mailed
from batconnect.core.mailing.services import TASK
from batconnect.core.models import OutgoingMail, Seal

KIND: Final = "core.seal"
ASKED_BY: Final = "The nightly mail of seals"
_ONE_AT_A_TIME: Final = "select pg_try_advisory_xact_lock(hashtextextended(%s, 10))"
_SUBJECT: Final = "Seal {number} of {company}"
_BODY: Final = """\
The last seal of {company}:

{head}

It was made on {sealed_at:%Y-%m-%d at %H:%M} UTC, covers {rows} rows, and stands on every seal before it. Keep it \
where nobody of the company can change it. Whoever has it can check an audit pack, now or in years:

python3 check_seals.py PACK.zip {head}

{before}
"""


@reads
def auditors_address(*, actor: Actor) -> str:
    """Where the company's heads are mailed, from SEAL_HEADS_TO; "" for nowhere."""
    return str(settings.SEAL_HEADS_TO.get(actor.company.name.casefold(), ""))


@transaction.atomic
def queue_head(*, actor: Actor) -> OutgoingMail | None:
    """Queue the mail of the company's last seal, and wake a sender after the commit; once a day of the company's.

    None where no address is set, nothing is sealed, or today's is there already. Rule: docs/seals.md#heads-by-mail.
    """
    address = auditors_address(actor=actor)
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [f"seal mail {actor.company_id}"])
        is_alone = cursor.fetchone()[0]
    seal = Seal.objects.filter(company_id=actor.company_id).order_by("-number").first()
    if not address or seal is None or not is_alone:
        return None
    begins = end_of_day(actor.company, today(actor.company) - timedelta(days=1))
    mails = mails_of_heads(actor=actor)
    if mails.filter(created_at__gte=begins, recipient=address).exists():
        return None
    mail = OutgoingMail(
        company_id=actor.company_id,
        kind=KIND,
        number=str(seal.number),
        title=f"Seal {seal.number}",
        recipient=address,
        subject=_SUBJECT.format(number=seal.number, company=" ".join(actor.company.name.split())),
        body=_BODY.format(
            company=actor.company.name,
            head=head_of(seal),
            sealed_at=seal.sealed_at,
            rows=seal.rows,
            before=_before(mails.filter(state=OutgoingMail.State.SENT).first()),
        ),
        due_at=now(),
        requested_by=ASKED_BY,
    )
    insert_batch([mail])
    wake(f"{TASK}{OF_COMPANY}", actor.company_id)
    return mail


@reads
def mails_of_heads(*, actor: Actor) -> QuerySet[OutgoingMail]:
    """The company's mails of seals, the newest first."""
    return OutgoingMail.objects.filter(company_id=actor.company_id, kind=KIND).order_by("-id")


@reads
def head_of(seal: Seal) -> str:
    """The seal as a line that `check_seals.py` takes: NUMBER:DIGEST."""
    return f"{seal.number}:{bytes(seal.digest).hex()}"


def _before(mail: OutgoingMail | None) -> str:
    if mail is None or mail.sent_at is None:
        return "No seal was mailed before this one."
    return f"The last one that was mailed is seal {mail.number}, on {mail.sent_at:%Y-%m-%d} UTC."


def _print(actor: Actor, number: str) -> Printed:
    return Printed(f"seal-{number}.txt", f"{head_of(_find(actor, number))}\n".encode())


def _about(actor: Actor, number: str) -> About:
    seal = _find(actor, number)
    return About(f"Seal {seal.number}", actor.company.name, auditors_address(actor=actor), None)


def _find(actor: Actor, number: str) -> Seal:
    seals = Seal.objects.filter(company_id=actor.company_id)
    seal = seals.filter(number=int(number)).first() if number.isdecimal() and len(number) < 10 else None
    if seal is None:
        raise DocumentNotMailed(f"There is no seal {number[:20]}.")
    return seal


register_mailed(MailedKind(PrintedKind(KIND, "trail.view", _print), "Seal of the books", _about))
