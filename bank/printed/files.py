"""Statements of the bank as they came, for audit packs."""

from __future__ import annotations

from gzip import decompress

from bank.models import StatementFile
from batconnect.core.api.printed import Printed
from batconnect.core.kernel.actors import Actor
from batconnect.core.sealing.documents import PackedDocument, PackedKind, Period, register_packed


def _of_period(actor: Actor, period: Period) -> list[PackedDocument]:
    kept = StatementFile.objects.filter(company_id=actor.company_id, created_at__lte=period.until)
    if period.since is not None:
        kept = kept.filter(created_at__gt=period.since)
    return [PackedDocument(checksum) for checksum in kept.order_by("id").values_list("checksum", flat=True)]


def _file(actor: Actor, checksum: str) -> Printed:
    kept = StatementFile.objects.get(company_id=actor.company_id, checksum=checksum)
    return Printed(kept.name or f"{checksum[:12]}.txt", decompress(bytes(kept.content)))


register_packed(PackedKind("bank_statements", _of_period, _file))
