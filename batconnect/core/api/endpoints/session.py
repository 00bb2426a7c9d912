"""Who asks, what they may do, and the lists their forms need."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import Answer, Id, Listed, Text, Whole
from batconnect.core.api.base import CompanyView, SignedInView
from batconnect.core.api.reference import currencies, reference_lists
from batconnect.core.api.schema import documented
from batconnect.core.kernel.permissions import permissions_of
from batconnect.core.models import Membership, User


class _MyUser(Answer):
    """The user."""

    id = Whole()
    username = Text("cashier")
    first_name = Text("Merly")
    last_name = Text()
    email = Text()


class _MyCompany(Answer):
    """A company of the user's, and what they may do in it."""

    id = Id("01")
    name = Text("Big Apple Taxi")
    groups = Listed(Text("Cashier"))
    permissions = Listed(Text("payments.view"))


class Me(Answer):
    """The user with every company they belong to."""

    user = _MyUser()
    companies = Listed(_MyCompany)


class SessionCompany(Answer):
    """The company of this call."""

    company_id = Id("01")
    user_id = Whole()
    groups = Listed(Text("Cashier"))


class CurrencyRow(Answer):
    """A currency on offer."""

    id = Id("aa")
    code = Text("USD")
    name = Text("US dollar")
    decimals = Whole(2)


class ReferenceEntry(Answer):
    """A value of a list, and how it is shown."""

    is_open = True

    code = Text("cash")
    label_ = Text("Cash")


class ReferenceLists(Answer):
    """The currencies, and every list that an app has registered."""

    currencies = Listed(CurrencyRow)
    categories = Listed(ReferenceEntry, [{"code": "LEASE", "label": "Lease"}])
    payment_methods = Listed(ReferenceEntry)
    strategies = Listed(ReferenceEntry, [{"code": "fifo", "label": "Oldest issue date first"}])


class MeView(SignedInView):
    """The user with every company they belong to."""

    @documented(
        "Who am I",
        tags=["Session"],
        response=Me,
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
        response=SessionCompany,
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
        response=ReferenceLists,
    )
    def get(self, request: Request) -> Response:
        return Response(reference_lists())


class CurrenciesView(CompanyView):
    """The currencies alone."""

    required_permission = {"GET": None}
    company_header_required = True

    @documented("Currencies", tags=["Payments"], response=Listed(CurrencyRow))
    def get(self, request: Request) -> Response:
        return Response(currencies())
