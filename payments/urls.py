"""The paths of payments."""

from __future__ import annotations

from django.urls import include, path

from batconnect.core.api.paths import with_optional_slash
from payments.batches.urls import urlpatterns as batch_patterns
from payments.credit_memos.urls import urlpatterns as credit_memo_patterns
from payments.gateways.urls import urlpatterns as gateway_patterns
from payments.lease_corrections.urls import urlpatterns as lease_correction_patterns
from payments.views import allocations, customers, deposits, interim, invoices, payments, refunds, returns

_INTERIM = "payments/interim-payments"
_PAYMENT = "api/payments/<uuid:payment_id>"
_ALLOCATION = "allocations/<uuid:allocation_id>"
_CUSTOMER = "api/customers/<uuid:customer_id>"
_INVOICE = "api/invoices/<uuid:invoice_id>"
_REFUND_REQUEST = "api/refund-requests/<uuid:request_id>"

# Below a prefix of their own, so that finding a route does not try every other one.
_interim = [
    *with_optional_slash("export", interim.InterimPaymentExportView.as_view(), "interim-payments-export"),
    *with_optional_slash("create-case", interim.CreateCaseView.as_view(), "interim-payments-create-case"),
    *with_optional_slash("<str:payment_id>", interim.InterimPaymentView.as_view(), "interim-payment"),
    *with_optional_slash(
        "<str:payment_id>/receipt", interim.ReceiptView.as_view(), "interim-payment-receipt"
    ),
    *with_optional_slash("<str:payment_id>/void", interim.VoidView.as_view(), "interim-payment-void"),
]
_customer = [
    *with_optional_slash("outstanding", customers.OutstandingView.as_view(), "customer-outstanding"),
    *with_optional_slash("statement", customers.StatementView.as_view(), "customer-statement"),
    *with_optional_slash("unallocated-cash", refunds.UnallocatedCashView.as_view(), "unallocated-cash"),
]
_invoice = [
    *with_optional_slash("void", invoices.VoidInvoiceView.as_view(), "invoice-void"),
    *with_optional_slash("explain", invoices.ExplainInvoiceView.as_view(), "invoice-explain"),
]
_payment = [
    *with_optional_slash("receipt", payments.PaymentReceiptView.as_view(), "payment-receipt"),
    *with_optional_slash("refunds", payments.PaymentRefundsView.as_view(), "payment-refunds"),
    *with_optional_slash("explain", payments.ExplainPaymentView.as_view(), "payment-explain"),
    *with_optional_slash("allocations", allocations.AllocationsView.as_view(), "allocations"),
    *with_optional_slash("allocations/auto", allocations.AutoAllocateView.as_view(), "allocations-auto"),
    *with_optional_slash(
        "allocations/auto/compare", allocations.CompareView.as_view(), "allocations-compare"
    ),
    *with_optional_slash(f"{_ALLOCATION}/void", allocations.VoidAllocationView.as_view(), "allocation-void"),
    *with_optional_slash(
        f"{_ALLOCATION}/refund", refunds.RefundAllocationView.as_view(), "allocation-refund"
    ),
    *with_optional_slash("void", allocations.VoidPaymentView.as_view(), "payment-void"),
    *with_optional_slash("return", returns.ReturnPaymentView.as_view(), "payment-return"),
    *with_optional_slash("refund", refunds.RefundUnallocatedView.as_view(), "payment-refund"),
    *with_optional_slash("security-deposit", deposits.TakeDepositView.as_view(), "payment-security-deposit"),
]
urlpatterns = [
    *batch_patterns,
    *credit_memo_patterns,
    *gateway_patterns,
    *lease_correction_patterns,
    *with_optional_slash(_INTERIM, interim.InterimPaymentsView.as_view(), "interim-payments"),
    path(f"{_INTERIM}/", include(_interim)),
    *with_optional_slash("api/customers", customers.CustomersView.as_view(), "customers"),
    *with_optional_slash(_CUSTOMER, customers.CustomerView.as_view(), "customer"),
    path(f"{_CUSTOMER}/", include(_customer)),
    *with_optional_slash("api/invoices", invoices.InvoicesView.as_view(), "invoices"),
    *with_optional_slash(_INVOICE, invoices.InvoiceView.as_view(), "invoice"),
    path(f"{_INVOICE}/", include(_invoice)),
    *with_optional_slash("api/payments", payments.PaymentsView.as_view(), "payments"),
    *with_optional_slash(_PAYMENT, payments.PaymentView.as_view(), "payment"),
    path(f"{_PAYMENT}/", include(_payment)),
    *with_optional_slash(
        "api/operations/<uuid:operation_id>/undo", allocations.UndoOperationView.as_view(), "operation-undo"
    ),
    *with_optional_slash(f"{_REFUND_REQUEST}/approve", refunds.ApproveRefundView.as_view(), "refund-approve"),
    *with_optional_slash(f"{_REFUND_REQUEST}/reject", refunds.RejectRefundView.as_view(), "refund-reject"),
]
