"""How far a file is, and what became of its rows."""

from __future__ import annotations

from django.db.models import Count

from agencies.models import AgencyChange, AgencyImport, AgencyRow
from batconnect.core.database.transactions import reads


@reads
def count_rows(received: AgencyImport) -> dict[str, int]:
    """The import's rows by what became of them, and its changes that wait."""
    of = {"company_id": received.company_id, "import_file": received.id}
    rows = AgencyRow.objects.filter(**of).order_by()
    by_state = dict(rows.values_list("state").annotate(Count("id")))
    states = AgencyRow.State
    return {
        "done_rows": by_state.get(states.DONE, 0),
        "waiting_rows": by_state.get(states.WAITING, 0),
        "set_aside_rows": by_state.get(states.SET_ASIDE, 0),
        "working_rows": by_state.get(states.NEW, 0) + by_state.get(states.JOINED, 0),
        "open_changes": AgencyChange.objects.filter(**of, status=AgencyChange.Status.OPEN).count(),
    }
