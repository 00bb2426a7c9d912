"""A DTR as the PDF that its driver is handed, and mailed."""

from __future__ import annotations

from typing import Final

from batconnect.core.api.printed import Printed, PrintedKind, register_printed
from batconnect.core.kernel.actors import Actor
from batconnect.core.mailing.kinds import About, MailedKind, register_mailed
from batconnect.core.sealing.documents import PackedDocument, PackedKind, Period, register_packed
from ledger.models import Dtr
from ledger.settlement.errors import DtrNotFound
from ledger.settlement.querysets import find_dtr
from ledger.settlement.services.documents import dtr_pdf


def _by_number(actor: Actor, number: str) -> Printed:
    dtr = _find(actor, number)
    return Printed(f"{dtr.number}.pdf", dtr_pdf(actor=actor, dtr=dtr))


def _about(actor: Actor, number: str) -> About:
    dtr = _find(actor, number)
    return About(
        title=f"Driver Transaction Report {dtr.number}",
        name=dtr.customer.name,
        address=dtr.customer.email,
        customer_id=dtr.customer_id,
    )


def _find(actor: Actor, number: str) -> Dtr:
    dtr = find_dtr(actor=actor, number=number)
    if dtr is None:
        raise DtrNotFound(f"There is no DTR {number[:40]}.")
    return dtr


DTR_KIND: Final = register_printed(PrintedKind("ledger.dtr", "ledger.view", _by_number))
register_mailed(MailedKind(DTR_KIND, "Driver Transaction Report", _about))


def _of_period(actor: Actor, period: Period) -> list[PackedDocument]:
    made = Dtr.objects.filter(company_id=actor.company_id, created_at__lte=period.until).order_by("id")
    if period.since is not None:
        made = made.filter(created_at__gt=period.since)
    return [PackedDocument(number) for number in made.values_list("number", flat=True)]


register_packed(PackedKind("dtrs", _of_period, _by_number))
