"""The paths of payments."""

from __future__ import annotations

from batconnect.core.api.paths import both
from payments.batches.urls import urlpatterns as batch_patterns
from payments.views import allocations, customers, interim, invoices, payments, refunds

_INTERIM = "payments/interim-payments"
_PAYMENT = "api/payments/<uuid:payment_id>"
_ALLOCATION = f"{_PAYMENT}/allocations/<uuid:allocation_id>"
_CUSTOMER = "api/customers/<uuid:customer_id>"
_INVOICE = "api/invoices/<uuid:invoice_id>"
_REFUND_REQUEST = "api/refund-requests/<uuid:request_id>"

urlpatterns = [
    *batch_patterns,
    *both(_INTERIM, interim.InterimPaymentsView.as_view(), "interim-payments"),
    *both(f"{_INTERIM}/export", interim.InterimPaymentExportView.as_view(), "interim-payments-export"),
    *both(f"{_INTERIM}/create-case", interim.CreateCaseView.as_view(), "interim-payments-create-case"),
    *both(f"{_INTERIM}/<str:payment_id>", interim.InterimPaymentView.as_view(), "interim-payment"),
    *both(f"{_INTERIM}/<str:payment_id>/receipt", interim.ReceiptView.as_view(), "interim-payment-receipt"),
    *both(f"{_INTERIM}/<str:payment_id>/void", interim.VoidView.as_view(), "interim-payment-void"),
    *both("api/customers", customers.CustomersView.as_view(), "customers"),
    *both(_CUSTOMER, customers.CustomerView.as_view(), "customer"),
    *both(f"{_CUSTOMER}/outstanding", customers.OutstandingView.as_view(), "customer-outstanding"),
    *both(f"{_CUSTOMER}/statement", customers.StatementView.as_view(), "customer-statement"),
    *both("api/invoices", invoices.InvoicesView.as_view(), "invoices"),
    *both(_INVOICE, invoices.InvoiceView.as_view(), "invoice"),
    *both(f"{_INVOICE}/void", invoices.VoidInvoiceView.as_view(), "invoice-void"),
    *both(f"{_INVOICE}/explain", invoices.ExplainInvoiceView.as_view(), "invoice-explain"),
    *both("api/payments", payments.PaymentsView.as_view(), "payments"),
    *both(_PAYMENT, payments.PaymentView.as_view(), "payment"),
    *both(f"{_PAYMENT}/receipt", payments.PaymentReceiptView.as_view(), "payment-receipt"),
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
