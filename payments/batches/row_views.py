"""The rows of a batch over HTTP, and their repair in place (docs/api.md#payments)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.etags import require_match
from batconnect.core.api.filters import filter_parameters
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.schema import documented, paging_parameters
from payments.batches.filters import BatchRowFilters
from payments.batches.models import PaymentBatchRow
from payments.batches.row_shapes import (
    BatchFileRow,
    BatchFileRowDetail,
    RowCellsInput,
    row_detail,
    row_document,
    row_etag,
)
from payments.batches.services.following import find_batch, find_row
from payments.batches.services.origins import superseded_rows
from payments.batches.services.processing import wake_after_commit
from payments.batches.services.repairing import repair_row

_TAGS: Final = ["Payment Batches"]
_ORDER: Final = Sorting(names={"row": ("row_no",)}, default="row", order="asc")


class BatchRowsView(CompanyView):
    """`GET …/payment-batches/{id}/rows`."""

    required_permission = {"GET": "payments.view"}
    company_header_required = True

    @documented(
        "The rows of a batch with their cells",
        tags=_TAGS,
        response=api_page_of(BatchFileRow),
        errors=["batch_not_found"],
        parameters=[*filter_parameters(BatchRowFilters), *paging_parameters(screen=False)],
    )
    def get(self, request: Request, batch_id: UUID) -> Response:
        batch = find_batch(actor=self.actor, batch_id=batch_id)
        query = request._request.GET
        of_batch = PaymentBatchRow.objects.select_related("customer", "payment", "origin").filter(
            company_id=batch.company_id, batch=batch.id
        )
        superseded = superseded_rows(company_id=batch.company_id, batch_id=batch.id)
        return Response(
            api_page(
                query,
                BatchRowFilters(query, queryset=of_batch).checked(),
                sorting=_ORDER,
                shape=lambda row: row_document(batch, row, superseded),
            )
        )


class BatchRowView(CompanyView):
    """`/api/accounting/payment-batches/{id}/rows/{n}`."""

    required_permission = {"GET": "payments.view", "PATCH": "payments.import_batches"}
    company_header_required = True

    @documented(
        "A row of a batch",
        tags=_TAGS,
        response=BatchFileRowDetail,
        errors=["batch_not_found", "row_not_found"],
    )
    def get(self, request: Request, batch_id: UUID, row_no: int) -> Response:
        batch, row = find_row(actor=self.actor, batch_id=batch_id, row_no=row_no)
        superseded = superseded_rows(company_id=batch.company_id, batch_id=batch.id)
        return Response(row_detail(batch, row, superseded), headers={"ETag": row_etag(row)})

    @documented(
        "Repair a failed row in place",
        tags=_TAGS,
        request=RowCellsInput,
        request_example={"amount": "500.00"},
        response=BatchFileRowDetail,
        more={202: BatchFileRowDetail.shown(status="pending", errors=[], batch_status="processing")},
        errors=[
            *("batch_not_found", "row_not_found", "row_not_failed", "row_not_editable", "row_superseded"),
            *("cell_too_long", "stale"),
        ],
        description=(
            "The body holds the cells to change, by column; null or an empty text empties one. The row is checked "
            "again: 202 when nothing is wrong anymore and it waits to be paid, 200 with all that is still wrong. What "
            "the file said stays in `raw` and `file_amount`. Of a row with more cells than headings, the given cells "
            "are all that it has."
        ),
    )
    def patch(self, request: Request, batch_id: UUID, row_no: int) -> Response:
        cells = RowCellsInput.read(request.data)
        repaired = repair_row(
            actor=self.actor,
            batch_id=batch_id,
            row_no=row_no,
            cells=cells,
            check=lambda row: require_match(request, row_etag(row)),
        )
        if repaired.is_waiting:
            wake_after_commit(repaired.batch)
        return Response(
            row_detail(repaired.batch, repaired.row, {}),
            status=202 if repaired.is_waiting else 200,
            headers={"ETag": row_etag(repaired.row)},
        )
