"""Who acts, in which company, with which rights: what every service is handed first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from batconnect.core.kernel.codes import PERMISSION_DENIED
from batconnect.core.kernel.errors import NotAllowed
from batconnect.core.kernel.permissions import PERMISSIONS


@dataclass(frozen=True, slots=True)
class CompanyProfile:
    """A company with the settings that its rules ask for; amounts are in its base currency.

    Each field is read from the column of its name. A limit of None is off: nobody is asked.
    """

    id: UUID
    name: str
    time_zone: str
    base_currency: str
    closed_until: date | None
    settles_from: date | None
    back_dating_days: int
    refund_approval_limit: Decimal
    write_off_approval_limit: Decimal
    void_approval_limit: Decimal | None
    payout_approval_limit: Decimal | None
    loan_approval_limit: Decimal | None
    credit_memo_approval_limit: Decimal
    manual_entry_approval_limit: Decimal
    longest_schedule: int
    interest_cap_percent: Decimal
    least_payout: Decimal
    max_kept_percent: Decimal
    nets_leases: bool
    check_hold_days: int
    oldest_bookable_days: int | None
    claims_tax_on_bad_debt: bool
    posts_agency_bills: bool
    match_book_at: int
    match_suggest_at: int
    count_difference_limit: Decimal
    brand_colour: str


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or a job acting inside one company.

    `user_id` is None for a job; `name` is what cases, receipts and events print. `approval_id` is the request that is
    being carried out: entries that are posted meanwhile keep it.
    """

    company: CompanyProfile
    user_id: int | None
    name: str
    groups: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    request_id: str = ""
    is_job: bool = field(default=False)
    approval_id: UUID | None = None

    @property
    def company_id(self) -> UUID:
        return self.company.id

    def can(self, permission: str) -> bool:
        """Whether the actor holds the permission; a job holds all."""
        assert permission in PERMISSIONS, permission
        return self.is_job or permission in self.permissions

    def require(self, permission: str) -> None:
        """Raise NotAllowed (403) unless the actor holds the permission (docs/domain.md#permissions)."""
        if not self.can(permission):
            raise NotAllowed(
                f"This needs the permission {permission} ({PERMISSIONS[permission]}).",
                code=PERMISSION_DENIED,
            )
