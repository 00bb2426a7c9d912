"""The statements of seals: made from the declared kinds."""

from __future__ import annotations

from batconnect.core.sealing.kinds import SealedKind

DIGEST = "sha256(convert_to(({content})::text, 'UTF8'))"


def digest_sql(kind: SealedKind) -> str:
    """SQL: the digest of what a row `r` of the kind says."""
    return DIGEST.format(content=kind.content)


def waiting_sql(kind: SealedKind) -> str:
    """SQL: kind, id and digest of the rows that are not sealed and that no running transaction can change or precede.

    Parameters: `company`; `since`, a UUID before which no row is looked for, or null.
    """
    return f"""
select '{kind.name}'::text as kind, r.id, {digest_sql(kind)} as digest from {kind.table} r
where r.company_id = %(company)s::uuid and (%(since)s::uuid is null or r.id >= %(since)s::uuid)
  and {kind.is_final} and age(r.xmin) > age(pg_snapshot_xmin(pg_current_snapshot())::xid)
  and not exists (select 1 from sealed_rows s
    where s.company_id = %(company)s::uuid and s.kind = '{kind.name}' and s.row_id = r.id)"""  # noqa: S608 - fixed texts


def _came_in_late(kind: SealedKind, seal: str) -> str:
    return (
        f"'says it is of ' || to_char({kind.dated} at time zone 'UTC', 'YYYY-MM-DD') || ', and came in before seal '"
        f" || {seal}.number || ' of ' || to_char({seal}.sealed_at at time zone 'UTC', 'YYYY-MM-DD')"
    )


def changed_sql(kind: SealedKind) -> str:
    """SQL: subject and message of each row that is no longer what was sealed, is gone, or came in too late.

    Parameters: `company`; `late`, an interval: how long a row may wait for its seal.
    """
    return f"""
select '{kind.name} ' || coalesce(r.id, s.row_id), case
    when r.id is null then 'was sealed in seal ' || s.number || ' and is gone'
    when s.row_id is null then 'is of ' || to_char({kind.dated} at time zone 'UTC', 'YYYY-MM-DD') || ' and not sealed'
    when s.digest <> {digest_sql(kind)} then 'is not what was sealed in seal ' || s.number
    else {_came_in_late(kind, "s")} end
from (select * from {kind.table} r where r.company_id = %(company)s::uuid and {kind.is_final}) r
full join (
  select w.row_id, w.digest, l.number, l.sealed_at, l.is_backlog
  from sealed_rows w join seals l on l.company_id = w.company_id and l.id = w.seal_id
  where w.company_id = %(company)s::uuid and w.kind = '{kind.name}') s on s.row_id = r.id
where r.id is null
  or s.row_id is null and {kind.dated} < now() - %(late)s::interval
    and exists (select 1 from seals where company_id = %(company)s::uuid)
  or s.digest <> {digest_sql(kind)}
  or not s.is_backlog and {kind.dated} < s.sealed_at - %(late)s::interval
order by 1"""  # noqa: S608 - fixed texts


def changed_since_sql(kind: SealedKind) -> str:
    """SQL: subject and message of each row of the seals after one, up to another, that is gone, not what was sealed, or
    came in too late.

    Parameters: `company`, `after`, `upto`; `late`, an interval: how long a row may wait for its seal.
    """
    return f"""
select '{kind.name} ' || w.row_id, case
    when r.id is null then 'was sealed in seal ' || l.number || ' and is gone'
    when w.digest <> {digest_sql(kind)} then 'is not what was sealed in seal ' || l.number
    else {_came_in_late(kind, "l")} end
from seals l
join sealed_rows w on w.company_id = l.company_id and w.seal_id = l.id and w.kind = '{kind.name}'
left join {kind.table} r on r.company_id = w.company_id and r.id = w.row_id
where l.company_id = %(company)s::uuid and l.number > %(after)s::int and l.number <= %(upto)s::int
  and (r.id is null or w.digest <> {digest_sql(kind)}
    or not l.is_backlog and {kind.dated} < l.sealed_at - %(late)s::interval)
order by 1"""  # noqa: S608 - fixed texts


ROWS_OF_SEALS = """
select l.number, l.previous, l.digest, l.rows, count(w.id),
  coalesce(string_agg(w.digest, ''::bytea order by w.place), ''), coalesce(max(w.place), 0)
from seals l left join sealed_rows w on w.company_id = l.company_id and w.seal_id = l.id
where l.company_id = %(company)s::uuid and l.number > %(after)s::int
group by l.company_id, l.id order by l.number
"""
