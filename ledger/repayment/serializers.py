"""The request bodies of the calls on loans and repairs."""

from __future__ import annotations

from rest_framework import serializers

from batconnect.core.api.fields import DayInput, StrictSerializer


class DocumentReason(StrictSerializer):
    """Why; the service trims it and checks its length."""

    reason = serializers.CharField(allow_blank=True, max_length=10_000)


class PerhapsReasoned(StrictSerializer):
    """Why; optional."""

    reason = serializers.CharField(allow_blank=True, max_length=10_000, required=False, default="")


class PostDue(StrictSerializer):
    """Up to which day; by default the company's today."""

    up_to = DayInput(required=False, allow_null=True, default=None, help_text="YYYY-MM-DD, not after today")
