"""The paths of payments."""

from __future__ import annotations

from django.urls import include, path

from batconnect.core.api.paths import both
from payments.batches.urls import urlpatterns as batch_patterns
from payments.gateways.urls import urlpatterns as gateway_patterns
from payments.views import allocations, customers, interim, invoices, payments, refunds

_INTERIM = "payments/interim-payments"
_PAYMENT = "api/payments/<uuid:payment_id>"
_ALLOCATION = "allocations/<uuid:allocation_id>"
_CUSTOMER = "api/customers/<uuid:customer_id>"
_INVOICE = "api/invoices/<uuid:invoice_id>"
_REFUND_REQUEST = "api/refund-requests/<uuid:request_id>"

# Below a prefix of their own, so that finding a route does not try every other one.
_interim = [
    *both("export", interim.InterimPaymentExportView.as_view(), "interim-payments-export"),
    *both("create-case", interim.CreateCaseView.as_view(), "interim-payments-create-case"),
    *both("<str:payment_id>", interim.InterimPaymentView.as_view(), "interim-payment"),
    *both("<str:payment_id>/receipt", interim.ReceiptView.as_view(), "interim-payment-receipt"),
    *both("<str:payment_id>/void", interim.VoidView.as_view(), "interim-payment-void"),
]
_customer = [
    *both("outstanding", customers.OutstandingView.as_view(), "customer-outstanding"),
    *both("statement", customers.StatementView.as_view(), "customer-statement"),
    *both("unallocated-cash", refunds.UnallocatedCashView.as_view(), "unallocated-cash"),
]
_invoice = [
    *both("void", invoices.VoidInvoiceView.as_view(), "invoice-void"),
    *both("explain", invoices.ExplainInvoiceView.as_view(), "invoice-explain"),
]
_payment = [
    *both("receipt", payments.PaymentReceiptView.as_view(), "payment-receipt"),
    *both("refunds", payments.PaymentRefundsView.as_view(), "payment-refunds"),
    *both("explain", payments.ExplainPaymentView.as_view(), "payment-explain"),
    *both("allocations", allocations.AllocationsView.as_view(), "allocations"),
    *both("allocations/auto", allocations.AutoAllocateView.as_view(), "allocations-auto"),
    *both("allocations/auto/compare", allocations.CompareView.as_view(), "allocations-compare"),
    *both(f"{_ALLOCATION}/void", allocations.VoidAllocationView.as_view(), "allocation-void"),
    *both(f"{_ALLOCATION}/refund", refunds.RefundAllocationView.as_view(), "allocation-refund"),
    *both("void", allocations.VoidPaymentView.as_view(), "payment-void"),
    *both("refund", refunds.RefundUnallocatedView.as_view(), "payment-refund"),
]
urlpatterns = [
    *batch_patterns,
    *gateway_patterns,
    *both(_INTERIM, interim.InterimPaymentsView.as_view(), "interim-payments"),
    path(f"{_INTERIM}/", include(_interim)),
    *both("api/customers", customers.CustomersView.as_view(), "customers"),
    *both(_CUSTOMER, customers.CustomerView.as_view(), "customer"),
    path(f"{_CUSTOMER}/", include(_customer)),
    *both("api/invoices", invoices.InvoicesView.as_view(), "invoices"),
    *both(_INVOICE, invoices.InvoiceView.as_view(), "invoice"),
    path(f"{_INVOICE}/", include(_invoice)),
    *both("api/payments", payments.PaymentsView.as_view(), "payments"),
    *both(_PAYMENT, payments.PaymentView.as_view(), "payment"),
    path(f"{_PAYMENT}/", include(_payment)),
    *both(
        "api/operations/<uuid:operation_id>/undo", allocations.UndoOperationView.as_view(), "operation-undo"
    ),
    *both(f"{_REFUND_REQUEST}/approve", refunds.ApproveRefundView.as_view(), "refund-approve"),
    *both(f"{_REFUND_REQUEST}/reject", refunds.RejectRefundView.as_view(), "refund-reject"),
]
