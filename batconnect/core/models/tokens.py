"""What is kept of tokens: the sign-in that a row of refresh tokens comes from, and which of them are spent.

Never a token: only identifiers, which sign nobody in.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from batconnect.core.kernel.ids import uuid7


class TokenFamily(models.Model):
    """A sign-in by the API: all tokens that come of it, one refresh token at a time, until its absolute end."""

    class Ended(models.TextChoices):
        SIGNED_OUT = "signed_out", "Signed out"
        REUSED = "reused", "A spent token was used again"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    begun_at = models.DateTimeField(db_default=Now())
    ends_at = models.DateTimeField(db_index=True, help_text="No token of it is good from then on.")
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=10, choices=Ended, blank=True)

    class Meta:
        db_table = "token_families"
        verbose_name_plural = "token families"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, ended_why="")
                | (models.Q(ended_at__isnull=False) & ~models.Q(ended_why="")),
                name="token_family_ended_why",
            ),
        ]


class SpentToken(models.Model):
    """A refresh token that was exchanged for the next, by its identifier: the primary key lets only one do so."""

    jti = models.UUIDField(primary_key=True, editable=False)
    family = models.ForeignKey(TokenFamily, on_delete=models.CASCADE, related_name="+")
    spent_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "spent_tokens"
