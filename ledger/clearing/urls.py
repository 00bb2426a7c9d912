"""The paths of taxes held, remittances, security deposits and earnings clearing."""

from __future__ import annotations

from batconnect.core.api.paths import with_optional_slash
from ledger.clearing import views

_AT = "api/accounting"
_DEPOSIT = f"{_AT}/security-deposits/<uuid:deposit_id>"

urlpatterns = [
    *with_optional_slash(f"{_AT}/tax-authorities", views.AuthoritiesView.as_view(), "tax-authorities"),
    *with_optional_slash(f"{_AT}/taxes-held", views.HeldView.as_view(), "taxes-held"),
    *with_optional_slash(f"{_AT}/remittances", views.RemittancesView.as_view(), "remittances"),
    *with_optional_slash(f"{_AT}/security-deposits", views.DepositsView.as_view(), "security-deposits"),
    *with_optional_slash(_DEPOSIT, views.DepositView.as_view(), "security-deposit"),
    *with_optional_slash(f"{_DEPOSIT}/use", views.UseDepositView.as_view(), "security-deposit-use"),
    *with_optional_slash(f"{_DEPOSIT}/return", views.ReturnDepositView.as_view(), "security-deposit-return"),
    *with_optional_slash(
        f"{_AT}/processor-deposits", views.ProcessorDepositsView.as_view(), "processor-deposits"
    ),
    *with_optional_slash(f"{_AT}/earnings-clearing", views.ClearingView.as_view(), "earnings-clearing"),
]
