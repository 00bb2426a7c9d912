"""What the calls on lease corrections take."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers

from batconnect.core.api.fields import DayInput, MoneyInput, StrictSerializer
from batconnect.core.kernel.actors import Actor
from batconnect.directory.errors import LeaseNotFound
from ledger.serializers import LeaseInput
from payments.lease_corrections.services.proposing import LeaseChange
from payments.models import LeaseCorrection
from payments.querysets import find_lease

_MAX_KEY: Final = 2**63 - 1
_MAX_REASON: Final = 10_000
_DIGEST: Final = 64


class LeaseChangeInput(StrictSerializer):
    """What is changed on which lease: another `driver_id` or `weekly_amount` from `day` on, `day` as its last, or (kind
    `missed`) the weeks from `day` on that were never charged."""

    lease_id = LeaseInput()
    kind = serializers.ChoiceField(choices=LeaseCorrection.Kind.choices)
    day = DayInput(help_text="The first day of the driver or the rate, or the last day of the lease.")
    driver_id = serializers.IntegerField(required=False, min_value=1, max_value=_MAX_KEY)
    weekly_amount = MoneyInput(required=False, help_text="In the company's base currency.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name, kind in (("driver_id", "driver"), ("weekly_amount", "rate")):
            if (attrs["kind"] == kind) != (attrs.get(name) is not None):
                message = f"Send it with the kind {kind}, and with no other."
                raise serializers.ValidationError({name: [message]})
        return attrs

    def lease_pk(self, actor: Actor) -> int:
        """The key of the lease. Raises LeaseNotFound (404)."""
        named = self.validated_data["lease_id"]
        lease = find_lease(company_id=actor.company_id, lease=named)
        if lease is None:
            raise LeaseNotFound(f"There is no lease {str(named)[:20]}.", field="lease_id")
        return lease.pk

    def to_change(self) -> LeaseChange:
        """What the service is asked for."""
        values = self.validated_data
        return LeaseChange(
            kind=LeaseCorrection.Kind(values["kind"]),
            day=values["day"],
            driver_id=values.get("driver_id"),
            weekly_amount=values.get("weekly_amount"),
        )


class CorrectionInput(LeaseChangeInput):
    """A change with its reason, and the proposal that was looked at."""

    proposal = serializers.RegexField(
        rf"\A[0-9a-f]{{{_DIGEST}}}\Z",
        help_text="The `proposal` that the preview answered: this one is done, or none.",
    )
    reason = serializers.CharField(
        allow_blank=True, max_length=_MAX_REASON, help_text="10 to 500 characters."
    )
