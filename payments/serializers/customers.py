"""Customers as JSON."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import F
from rest_framework import serializers

from batconnect.core.api.fields import StrictSerializer

CUSTOMER_ROW: Final = {
    "key": F("id"),
    "customer_name": F("name"),
    "customer_email": F("email"),
    "customer_phone": F("phone"),
    "customer_address": F("address"),
    "reference": F("external_reference"),
    "driver_pk": F("drivers__id"),
    "driver_no": F("drivers__driver_id"),
    "license": F("drivers__tlc_license"),
    "since": F("created_at"),
}


class CustomerRequest(StrictSerializer):
    """A new customer."""

    name = serializers.CharField(max_length=200)
    email = serializers.EmailField(required=False, allow_blank=True)
    phone = serializers.CharField(required=False, allow_blank=True, max_length=40)
    address = serializers.CharField(required=False, allow_blank=True, max_length=2_000)
    external_reference = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, max_length=60
    )


def customer_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of CUSTOMER_ROW with the API's names; those about a driver are null for a customer who does not drive."""
    return {
        "id": row["key"],
        "name": row["customer_name"],
        "email": row["customer_email"],
        "phone": row["customer_phone"],
        "address": row["customer_address"],
        "external_reference": row["reference"],
        "driver_id": row["driver_pk"],
        "driver_no": row["driver_no"],
        "tlc_license": row["license"],
        "created_at": row["since"],
    }
