"""The paths of vendors, their bills and credits."""

from __future__ import annotations

from batconnect.core.api.paths import with_optional_slash
from ledger.vendors import views

_VENDOR = "api/accounting/vendors/<uuid:vendor_id>"
_BILLS = "api/accounting/vendor-bills"
_BILL = f"{_BILLS}/<uuid:bill_id>"

urlpatterns = [
    *with_optional_slash("api/accounting/vendors", views.VendorsView.as_view(), "vendors"),
    *with_optional_slash(_VENDOR, views.VendorView.as_view(), "vendor"),
    *with_optional_slash(f"{_VENDOR}/top-up", views.TopUpView.as_view(), "vendor-top-up"),
    *with_optional_slash(_BILLS, views.BillsView.as_view(), "vendor-bills"),
    *with_optional_slash(_BILL, views.BillView.as_view(), "vendor-bill"),
    *with_optional_slash(f"{_BILL}/pay", views.PayBillView.as_view(), "vendor-bill-pay"),
    *with_optional_slash(f"{_BILL}/use-credit", views.UseCreditView.as_view(), "vendor-bill-use-credit"),
    *with_optional_slash(f"{_BILL}/void", views.VoidBillView.as_view(), "vendor-bill-void"),
    *with_optional_slash(
        "api/accounting/vendor-credits", views.VendorCreditsView.as_view(), "vendor-credits"
    ),
    *with_optional_slash("api/accounting/recovery", views.RecoveryView.as_view(), "recovery"),
]
