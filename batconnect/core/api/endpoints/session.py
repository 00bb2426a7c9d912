"""Who asks, what they may do, and the lists their forms need."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.base import CompanyView, SignedInView
from batconnect.core.api.reference import currencies, reference_lists
from batconnect.core.api.schema import documented
from batconnect.core.kernel.permissions import permissions_of
from batconnect.core.models import Membership, User

_COMPANY_ID: Final = UUID("01900000-0000-7000-8000-000000000001")
_CURRENCY: Final = {
    "id": UUID("01900000-0000-7000-8000-0000000000aa"),
    "code": "USD",
    "name": "US dollar",
    "decimals": 2,
}


class MeView(SignedInView):
    """The user with every company they belong to."""

    @documented(
        "Who am I",
        tags=["Session"],
        response={
            "user": {"id": 1, "username": "cashier", "first_name": "Merly", "last_name": "", "email": ""},
            "companies": [
                {
                    "id": _COMPANY_ID,
                    "name": "Big Apple Taxi",
                    "groups": ["Cashier"],
                    "permissions": ["payments.view"],
                }
            ],
        },
    )
    def get(self, request: Request) -> Response:
        user = request.user
        assert isinstance(user, User)
        companies: list[dict[str, Any]] = [
            {
                "id": company_id,
                "name": name,
                "groups": groups,
                "permissions": sorted(permissions_of(groups, is_program=not user.is_staff)),
            }
            for company_id, name, groups in Membership.objects.filter(user=user, is_active=True)
            .order_by("company__name")
            .values_list("company_id", "company__name", "groups")
        ]
        names = ("id", "username", "first_name", "last_name", "email")
        return Response({"user": {name: getattr(user, name) for name in names}, "companies": companies})


class SessionView(CompanyView):
    """The empty call: sign-in, membership and company context, and nothing else. Benchmarks measure against it."""

    required_permission = {"GET": None}

    @documented(
        "The session's company",
        tags=["Session"],
        response={"company_id": _COMPANY_ID, "user_id": 1, "groups": ["Cashier"]},
    )
    def get(self, request: Request) -> Response:
        actor = self.actor
        return Response(
            {"company_id": actor.company_id, "user_id": actor.user_id, "groups": sorted(actor.groups)}
        )


class ReferenceView(CompanyView):
    """Currencies, payment methods, categories, strategies: whatever the apps have registered."""

    required_permission = {"GET": None}

    @documented(
        "Reference lists",
        tags=["Session"],
        response={
            "currencies": [_CURRENCY],
            "categories": [{"code": "LEASE", "label": "Lease"}],
            "payment_methods": [{"code": "cash", "label": "Cash"}],
            "strategies": [{"code": "fifo", "label": "Oldest issue date first"}],
        },
    )
    def get(self, request: Request) -> Response:
        return Response(reference_lists())


class CurrenciesView(CompanyView):
    """The currencies alone."""

    required_permission = {"GET": None}
    company_header_required = True

    @documented("Currencies", tags=["Payments"], response=[_CURRENCY])
    def get(self, request: Request) -> Response:
        return Response(currencies())
