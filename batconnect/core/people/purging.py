"""What a sign-in leaves behind, deleted once it counts for nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from batconnect.core.models import SpentToken, TokenFamily

ATTEMPTS_KEPT: Final = timedelta(days=1)
"""Failed sign-ins: longer than any lock that counts them."""
LOG_KEPT: Final = timedelta(days=90)
"""Who signed in when, and from where."""


@transaction.atomic
def purge_sign_ins() -> dict[str, int]:
    """Delete token families, spent tokens and sessions that are over, and old sign-in attempts; how many of each.

    An identifier of a spent token is kept as long as the token could be shown again: until its family's end.
    """
    now = timezone.now()
    over = TokenFamily.objects.filter(ends_at__lt=now)
    return {
        "spent_tokens": SpentToken.objects.filter(family__in=over).delete()[0],
        "token_families": over.delete()[0],
        "sessions": Session.objects.filter(expire_date__lt=now).delete()[0],
        "attempts": AccessAttempt.objects.filter(attempt_time__lt=now - ATTEMPTS_KEPT).delete()[0],
        "log_lines": sum(
            log.objects.filter(attempt_time__lt=now - LOG_KEPT).delete()[0]
            for log in (AccessLog, AccessFailureLog)
        ),
    }
