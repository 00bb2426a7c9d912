"""Rows and lines of agencies' files, what waits at the desk, and what is decided there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rest_framework import serializers

from agencies.models import AgencyChange, AgencyImportLine, AgencyRow, Kind, Why
from agencies.services.assigning import MAX_AT_ONCE, Assigned
from agencies.services.proposing import Proposal
from batconnect.core.api.answers import Answer, Choice, Day, Flag, Id, Instant, Listed, Money, Text, Whole
from batconnect.core.api.fields import BoundedList, StrictBoolean, StrictSerializer

_KEY: Final[dict[str, Any]] = {"min_value": 1, "max_value": 2**63 - 1}


class AssignInput(StrictSerializer):
    """To whom a row belongs: the keys of lease and driver."""

    lease_id = serializers.IntegerField(**_KEY)
    driver_id = serializers.IntegerField(**_KEY)
    remember = StrictBoolean(required=False, default=True)
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class AssignManyInput(AssignInput):
    """Several rows at once, of one lease and driver."""

    rows = BoundedList(child=serializers.UUIDField(), allow_empty=False, max_length=MAX_AT_ONCE)


class SetAsideInput(StrictSerializer):
    """Rows that nobody is charged or credited for."""

    rows = BoundedList(child=serializers.UUIDField(), allow_empty=False, max_length=MAX_AT_ONCE)
    reason = serializers.CharField(max_length=500)


class DecideInput(StrictSerializer):
    """`{take, reason}`: whether another amount counts."""

    take = StrictBoolean()
    reason = serializers.CharField(max_length=500)


class AgencyChangeRow(Answer):
    """Another amount of a row."""

    id = Id("fc")
    before = Money("65.00")
    after = Money("75.00")
    raised = Money("10.00")
    lowered = Money("0.00")
    is_conflict = Flag(False)
    message = Text("The penalty is 10.00 now, it was 0.00.")
    status = Choice(AgencyChange.Status, "done")
    obligation_id = Id(null=True)
    credit_memo_id = Id(null=True)
    earning_id = Id(null=True)
    approval_id = Id(null=True)
    reason = Text("")
    decided_by = Text("Mara")


class AgencyRowRow(Answer):
    """A trip, toll, violation or summons with what it became. `why` says why it waits."""

    id = Id("f2")
    import_id = Id("f1")
    line_no = Whole(2)
    kind = Choice(Kind, "tolls")
    agency = Text("E-ZPass NY")
    reference = Text("T1")
    day = Day("2026-11-03")
    happened_at = Instant()
    ended_at = Instant(null=True)
    plate = Text("1SAM401")
    tag = Text("")
    medallion = Text("")
    license = Text("")
    description = Text("TOLL · MTAB&T · RFK")
    amount = Money("6.94")
    fee = Money("0.00")
    state = Choice(AgencyRow.State, "waiting")
    why = Text("unknown_vehicle")
    why_label = Text("Plate, tag or medallion is not known")
    is_late = Flag(False)
    lease_id = Text("")
    lease_id_pk = Whole(null=True)
    driver_id = Text("")
    driver_id_pk = Whole(null=True)
    driver_name = Text("")
    obligation_id = Id(null=True)
    trip_week_id = Id(null=True)
    decided_by = Text("")


class _Proposed(Answer):
    """A lease with a driver to whom the row may belong, and why."""

    lease_id = Text("LS-2054")
    lease_id_pk = Whole(7)
    driver_id = Text("DRV-101")
    driver_id_pk = Whole(9)
    driver_name = Text("John Doe")
    because = Text("drove medallion 1P43 that day")


class AgencyRowDetail(AgencyRowRow):
    """A row with what is proposed for it, and what its agency said of it later."""

    proposals = Listed(_Proposed)
    changes = Listed(AgencyChangeRow, [])


class AgencyLineRow(Answer):
    """A line of a file: what became of it, and its row."""

    line_no = Whole(2)
    status = Choice(AgencyImportLine.Status, "new")
    amount = Money("6.94", null=True)
    error_field = Text("")
    error_code = Text("")
    error_message = Text("")
    row = AgencyRowRow(null=True)


class _Remembered(Answer):
    """A tag or plate that is remembered from now on."""

    mark = Text("tag")
    text = Text("512345678")
    from_on = Day("2026-11-03")


class RowsAssigned(Answer):
    """What became of rows that were assigned."""

    done = Listed(Id("f2"))
    waiting = Listed(Id("f3"), [])
    remembered = Listed(_Remembered)


class RowAssigned(Answer):
    """A row after it was assigned or moved; `waits_for_approval` where a second person decides on the move."""

    row = AgencyRowDetail()
    remembered = Listed(_Remembered)
    waits_for_approval = Flag(False)


class RowsSetAside(Answer):
    """How many rows were set aside."""

    set_aside = Whole(1)


def row_document(row: AgencyRow) -> dict[str, Any]:
    """A row with what it became."""
    return {
        "import_id": row.import_file_id,
        "why_label": Why(row.why).label if row.why else "",
        "lease_id": row.lease.lease_id if row.lease else "",
        "lease_id_pk": row.lease_id,
        "driver_id": row.driver.driver_id if row.driver else "",
        "driver_id_pk": row.driver_id,
        "driver_name": row.driver.customer.name if row.driver else "",
        **{
            name: getattr(row, name)
            for name in (
                *(
                    "id",
                    "line_no",
                    "kind",
                    "agency",
                    "reference",
                    "day",
                    "happened_at",
                    "ended_at",
                    "plate",
                    "tag",
                ),
                *("medallion", "license", "description", "amount", "fee", "state", "why", "is_late"),
                *("obligation_id", "trip_week_id", "decided_by"),
            )
        },
    }


def row_detail(
    row: AgencyRow, proposals: Sequence[Proposal], changes: Sequence[AgencyChange]
) -> dict[str, Any]:
    """A row with proposals and changes."""
    return {
        **row_document(row),
        "proposals": [
            {
                "lease_id": each.lease.lease_id,
                "lease_id_pk": each.lease.pk,
                "driver_id": each.driver.driver_id,
                "driver_id_pk": each.driver.pk,
                "driver_name": each.driver.customer.name,
                "because": each.because,
            }
            for each in proposals
        ],
        "changes": [change_row(each) for each in changes],
    }


def change_row(change: AgencyChange) -> dict[str, Any]:
    """Another amount of a row."""
    return {
        name: getattr(change, name)
        for name in (
            *(
                "id",
                "before",
                "after",
                "raised",
                "lowered",
                "is_conflict",
                "message",
                "status",
                "obligation_id",
            ),
            *("credit_memo_id", "earning_id", "approval_id", "reason", "decided_by"),
        )
    }


def line_document(line: AgencyImportLine) -> dict[str, Any]:
    """A line of a file with its row."""
    return {
        "row": row_document(line.row) if line.row else None,
        **{
            name: getattr(line, name)
            for name in ("line_no", "status", "amount", "error_field", "error_code", "error_message")
        },
    }


def assigned_document(assigned: Assigned) -> dict[str, Any]:
    """What became of rows that were assigned."""
    return {
        "done": list(assigned.done),
        "waiting": list(assigned.waiting),
        "remembered": remembered_rows(assigned),
    }


def remembered_rows(assigned: Assigned) -> list[dict[str, Any]]:
    """The tags and plates that are remembered from now on."""
    return [{"mark": each.mark, "text": each.text, "from_on": each.from_on} for each in assigned.remembered]
