"""The paths of lease corrections."""

from __future__ import annotations

from batconnect.core.api.paths import with_optional_slash
from payments.lease_corrections import views

_CORRECTIONS = "ledger/lease-corrections"
_CORRECTION = f"{_CORRECTIONS}/<uuid:correction_id>"

urlpatterns = [
    *with_optional_slash(_CORRECTIONS, views.LeaseCorrectionsView.as_view(), "lease-corrections"),
    *with_optional_slash(f"{_CORRECTIONS}/preview", views.ProposalView.as_view(), "lease-correction-preview"),
    *with_optional_slash(_CORRECTION, views.LeaseCorrectionView.as_view(), "lease-correction"),
    *with_optional_slash(f"{_CORRECTION}/undo", views.UndoCorrectionView.as_view(), "lease-correction-undo"),
]
