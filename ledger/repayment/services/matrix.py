"""The company's repayment matrix: read for a day, changed by adding a version.

Rule: docs/domain.md#repayment-matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db import transaction

from batconnect.core.database.numbers import take_numbers
from batconnect.core.database.rows import insert_batch
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.models import Company
from ledger.repayment.models import RepaymentBand, RepaymentMatrix
from ledger.repayment.rules import DEFAULT_BANDS, Band, check_bands

PERMISSION: Final = "ledger.change_matrix"
_SERIES: Final = "MATRIX"
_ALWAYS: Final = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class MatrixVersion:
    """A version of the matrix with its bands, in order."""

    id: UUID
    version: int
    effective_from: date
    bands: tuple[Band, ...]


@reads
def matrix_on(*, actor: Actor, day: date) -> MatrixVersion:
    """The version that applies on the day: the latest one in effect, or the first for a day before all of them.

    Raises LookupError when the company has none, which `add_company` rules out.
    """
    chosen = RepaymentMatrix.objects.filter(company_id=actor.company_id)
    effective = chosen.filter(effective_from__lte=day).order_by("-effective_from", "-version")
    for versions in (effective, chosen.order_by("effective_from", "version")):
        bands = list(
            RepaymentBand.objects.filter(company_id=actor.company_id, matrix__in=versions.values("id")[:1])
            .select_related("matrix")
            .order_by("position")
        )
        if bands:
            matrix = bands[0].matrix
            return MatrixVersion(
                matrix.id,
                matrix.version,
                matrix.effective_from,
                tuple(Band(band.above, band.up_to, band.weekly_principal) for band in bands),
            )
    raise LookupError(f"{actor.company.name} has no repayment matrix")


@transaction.atomic
def change_matrix(*, actor: Actor, effective_from: date, bands: Sequence[Band]) -> RepaymentMatrix:
    """Add the next version of the matrix, for schedules made from a day on; today's or a later one.

    Schedules that exist keep theirs. Needs `ledger.change_matrix`. Raises InvalidInput: `bands_wrong`, or a day
    before today.
    """
    actor.require(PERMISSION)
    check_bands(bands)
    if effective_from < today(actor.company):
        raise InvalidInput(
            f"{effective_from} is before today, {today(actor.company)}: schedules made until now keep their matrix.",
            field="effective_from",
        )
    (version,) = take_numbers(company_id=actor.company_id, series=_SERIES)
    return _add(
        company_id=actor.company_id,
        version=version,
        effective_from=effective_from,
        bands=bands,
        user_id=actor.user_id,
        name=actor.name,
    )


def open_matrix(company: Company) -> RepaymentMatrix:
    """The first version of a new company (docs/domain.md#repayment-matrix)."""
    (version,) = take_numbers(company_id=company.id, series=_SERIES)
    return _add(
        company_id=company.id,
        version=version,
        effective_from=_ALWAYS,
        bands=DEFAULT_BANDS,
        user_id=None,
        name="add_company",
    )


def _add(
    *,
    company_id: UUID,
    version: int,
    effective_from: date,
    bands: Sequence[Band],
    user_id: int | None,
    name: str,
) -> RepaymentMatrix:
    matrix = RepaymentMatrix(
        company_id=company_id,
        version=version,
        effective_from=effective_from,
        created_by_id=user_id,
        actor=name,
    )
    rows = [
        RepaymentBand(
            company_id=company_id,
            matrix_id=matrix.id,
            position=position,
            above=band.above,
            up_to=band.up_to,
            weekly_principal=band.weekly_principal,
        )
        for position, band in enumerate(bands, start=1)
    ]
    insert_batch([matrix], rows)
    return matrix
