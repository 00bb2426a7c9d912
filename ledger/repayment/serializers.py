"""What the calls on loans and repairs take in their bodies."""

from __future__ import annotations

from rest_framework import serializers

from batconnect.core.api.fields import DayInput, StrictSerializer


class DocumentReason(StrictSerializer):
    """Why; its length is the service's business, which trims it first."""

    reason = serializers.CharField(allow_blank=True, max_length=10_000)


class PerhapsReasoned(StrictSerializer):
    """Why, if one likes to say so."""

    reason = serializers.CharField(allow_blank=True, max_length=10_000, required=False, default="")


class Nothing(StrictSerializer):
    """A body without fields."""


class PostDue(StrictSerializer):
    """Up to which day; the company's today when left out."""

    up_to = DayInput(required=False, allow_null=True, default=None, help_text="YYYY-MM-DD, not after today")
