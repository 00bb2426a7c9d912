"""Sign-ins by the API: begun with a password, renewed one refresh token at a time, over at an absolute end.

Only identifiers are kept. Nothing here runs in a company's context but the line in the audit trail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction

from batconnect.core.database.local_settings import set_local
from batconnect.core.database.rows import insert_batch
from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.ids import uuid7
from batconnect.core.models import AuditEvent, Membership, TokenFamily, User
from batconnect.core.people.tokens import FAMILY, GENERATION, Claims, RefreshToken

_log = structlog.stdlib.get_logger("batconnect.tokens")

# The row as the password was checked: whoever changed any of it meanwhile has ended this sign-in before it began.
_BEGIN: Final = """
insert into token_families (id, user_id, ends_at, ended_why)
select %s, id, now() + %s, '' from users
where id = %s and is_active and password = %s and second_factor_since is not distinct from %s
returning ends_at, (select token_generation from users where id = user_id)
"""
# One INSERT decides who spends the token; the others find the row there, and that is a reuse.
_SPEND: Final = """
with alive as (
  select f.id, f.ends_at from token_families f join users u on u.id = f.user_id
  where f.id = %(family)s and f.user_id = %(user)s and f.ended_at is null and f.ends_at > now()
    and u.is_active and u.token_generation = %(generation)s
), spent as (
  insert into spent_tokens (jti, family_id) select %(jti)s, id from alive on conflict (jti) do nothing returning jti
)
select alive.ends_at, spent.jti is not null from alive left join spent on true
"""
_END: Final = """
update token_families set ended_at = now(), ended_why = %s where id = %s and ended_at is null returning id
"""
_IS_LIVE: Final = """
select exists (select from users where id = %(user)s and is_active and token_generation = %(generation)s)
  and (%(family)s::uuid is null or exists (
    select from token_families
    where id = %(family)s and user_id = %(user)s and ended_at is null and ends_at > now()))
  and not exists (select from spent_tokens where jti = %(jti)s)
"""


class SignInEnded(Exception):
    """The token's family is over, or the token was spent: sign in again. The message says which."""


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a client gets: both signed, neither kept."""

    access: str
    refresh: str


@transaction.atomic
def begin_family(*, user: User) -> TokenPair:
    """The first tokens of a sign-in that has just shown everything that is asked of it.

    `user` is the row that the password was checked against. Raises SignInEnded when the account was closed, or its
    password or second factor changed, since then.
    """
    family = uuid7()
    row = _fetch(
        _BEGIN,
        [
            family,
            timedelta(hours=settings.SESSION_HOURS),
            user.pk,
            user.password,
            user.second_factor_since,
        ],
    )
    if row is None:
        raise SignInEnded("The account was changed while you signed in. Sign in again.")
    ends_at, generation = row
    _log.info("signed_in", user=user.pk, way="token")
    return _pair(user_id=user.pk, generation=generation, family=family, ends_at=ends_at)


def renew(*, claims: Claims) -> TokenPair:
    """The next pair for a refresh token, which is spent by it.

    Raises SignInEnded: the family is over, or the token was spent before; then the family ends with all its tokens,
    and the trail says so. That is committed, so call it outside a transaction.
    """
    row = _spend(claims)
    assert claims.family is not None
    return _pair(user_id=claims.user_id, generation=claims.generation, family=claims.family, ends_at=row)


def sign_out(*, claims: Claims) -> None:
    """End the family of a refresh token with all its tokens. Raises SignInEnded as `renew` does."""
    _spend(claims)
    with transaction.atomic():
        _fetch(_END, [TokenFamily.Ended.SIGNED_OUT.value, claims.family])


def is_live(*, claims: Claims) -> bool:
    """Whether a token of either kind is good: its user's generation, its family, and not spent."""
    row = _fetch(
        _IS_LIVE,
        {
            "user": claims.user_id,
            "generation": claims.generation,
            "family": claims.family,
            "jti": claims.jti,
        },
    )
    return bool(row and row[0])


def _spend(claims: Claims) -> Any:
    """The family's end, with the token spent. Raises SignInEnded."""
    with transaction.atomic():
        row = _fetch(
            _SPEND,
            {
                "user": claims.user_id,
                "generation": claims.generation,
                "family": claims.family,
                "jti": claims.jti,
            },
        )
        reused = row is not None and not row[1]
        if reused and _fetch(_END, [TokenFamily.Ended.REUSED.value, claims.family]):
            _record_reuse(user_id=claims.user_id, family=claims.family)
    if row is None:
        raise SignInEnded("The sign-in that this token belongs to has ended. Sign in again.")
    if reused:
        raise SignInEnded(
            "This token was used before: whoever has it may have stolen it, so the sign-in has ended. Sign in again."
        )
    return row[0]


def _pair(*, user_id: int, generation: int, family: UUID, ends_at: Any) -> TokenPair:
    refresh = RefreshToken()
    refresh["user_id"], refresh[GENERATION], refresh[FAMILY] = str(user_id), generation, family.hex
    access = refresh.access_token
    for token in (refresh, access):
        token["exp"] = min(int(token["exp"]), int(ends_at.timestamp()))
    return TokenPair(access=str(access), refresh=str(refresh))


def _fetch(statement: str, values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()


def _record_reuse(*, user_id: int, family: UUID | None) -> None:
    """The event in the trail of every company where the person has a place, and of the one that keeps the account."""
    user = User.objects.get(pk=user_id)
    _log.warning("token_reused", user=user_id, family=str(family))
    # The policy shows a person's own places in every company.
    set_local([("app.current_user_id", str(user_id))])
    places = Membership.objects.filter(user=user, is_active=True).values_list("company_id", flat=True)
    companies = set(places) | ({user.home_company_id} if user.home_company_id else set())
    for company_id in sorted(companies):
        with company_context(company_id, job="sign_in"):
            insert_batch(
                [
                    AuditEvent(
                        company_id=company_id,
                        user_id=user_id,
                        actor=user.display_name,
                        action="core.token_reused",
                        subject_type="user",
                        subject_id=str(user_id),
                        details={"family": str(family)},
                    )
                ]
            )
