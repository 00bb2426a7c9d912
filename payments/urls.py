"""The paths of payments."""

from __future__ import annotations

from batconnect.core.api.paths import both
from payments.views import allocations, interim, refunds

_INTERIM = "payments/interim-payments"
_PAYMENT = "api/payments/<uuid:payment_id>"
_ALLOCATION = f"{_PAYMENT}/allocations/<uuid:allocation_id>"
_REFUND_REQUEST = "api/refund-requests/<uuid:request_id>"

urlpatterns = [
    *both(_INTERIM, interim.InterimPaymentsView.as_view(), "interim-payments"),
    *both(f"{_INTERIM}/export", interim.InterimPaymentExportView.as_view(), "interim-payments-export"),
    *both(f"{_INTERIM}/create-case", interim.CreateCaseView.as_view(), "interim-payments-create-case"),
    *both(f"{_INTERIM}/<str:payment_id>", interim.InterimPaymentView.as_view(), "interim-payment"),
    *both(f"{_INTERIM}/<str:payment_id>/receipt", interim.ReceiptView.as_view(), "interim-payment-receipt"),
    *both(f"{_INTERIM}/<str:payment_id>/void", interim.VoidView.as_view(), "interim-payment-void"),
    *both(f"{_PAYMENT}/allocations", allocations.AllocationsView.as_view(), "allocations"),
    *both(f"{_PAYMENT}/allocations/auto", allocations.AutoAllocateView.as_view(), "allocations-auto"),
    *both(f"{_PAYMENT}/allocations/auto/compare", allocations.CompareView.as_view(), "allocations-compare"),
    *both(f"{_ALLOCATION}/void", allocations.VoidAllocationView.as_view(), "allocation-void"),
    *both(f"{_ALLOCATION}/refund", refunds.RefundAllocationView.as_view(), "allocation-refund"),
    *both(f"{_PAYMENT}/void", allocations.VoidPaymentView.as_view(), "payment-void"),
    *both(f"{_PAYMENT}/refund", refunds.RefundUnallocatedView.as_view(), "payment-refund"),
    *both(
        "api/operations/<uuid:operation_id>/undo", allocations.UndoOperationView.as_view(), "operation-undo"
    ),
    *both(f"{_REFUND_REQUEST}/approve", refunds.ApproveRefundView.as_view(), "refund-approve"),
    *both(f"{_REFUND_REQUEST}/reject", refunds.RejectRefundView.as_view(), "refund-reject"),
    *both(
        "api/customers/<uuid:customer_id>/unallocated-cash",
        refunds.UnallocatedCashView.as_view(),
        "unallocated-cash",
    ),
]
