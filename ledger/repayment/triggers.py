"""The triggers on schedules: bands of a matrix fit, and the rows in force of a document make up its amount."""

from __future__ import annotations

from typing import Final

from batconnect.core.database.constraints import Trigger
from batconnect.core.database.distribution.shards import OnShards

BANDS_FIT: Final = Trigger(
    name="repayment_band_fits",
    event="after insert",
    after_table="referencing new table as added for each statement",
    declare="wrong text;",
    body=(
        "select string_agg(distinct matrix_id::text, ', ') into wrong from ("
        " select matrix_id, position, above, up_to,"
        " lag(up_to) over w as ended, row_number() over w as place, count(*) over m as bands"
        " from added window w as (partition by company_id, matrix_id order by position),"
        " m as (partition by company_id, matrix_id)"
        ") b where position <> place or (position = 1 and above <> 0)"
        " or (position > 1 and above is distinct from ended) or (up_to is null) <> (position = bands);"
        " if wrong is not null then"
        " raise exception 'the bands of matrix % leave a gap, overlap or end', wrong using errcode = 'check_violation';"
        " end if;"
        " return null;"
    ),
    on_shards=(
        OnShards(
            event="after insert",
            is_deferred=True,
            body=(
                # In the context of another company nothing would be seen, and so nothing be wrong.
                "if not exists (select from repayment_bands"
                " where company_id = new.company_id and matrix_id = new.matrix_id)"
                " or exists (select from (select position, above, up_to,"
                " lag(up_to) over w as ended, row_number() over w as place, count(*) over () as bands"
                " from repayment_bands where company_id = new.company_id and matrix_id = new.matrix_id"
                " window w as (order by position)) b"
                " where position <> place or (position = 1 and above <> 0)"
                " or (position > 1 and above is distinct from ended) or (up_to is null) <> (position = bands)) then"
                " raise exception 'the bands of matrix % leave a gap, overlap or end', new.matrix_id"
                " using errcode = 'check_violation'; end if; return null;"
            ),
        ),
    ),
)


def not_whole(*, installments: str, documents: str, key: str, of: str) -> str:
    """PL/pgSQL: refuse unless the rows in force of the documents `of` (SQL: company_id, id) make up their amounts."""
    return (
        "select string_agg(c.id::text, ', ') into wrong"  # noqa: S608 - our tables
        f" from (select distinct w.company_id, w.id from ({of}) w) c"
        f" left join {documents} d on d.company_id = c.company_id and d.id = c.id"
        " cross join lateral (select sum(i.principal) filter (where i.status <> 'Withdrawn') as total,"
        " count(*) filter (where i.status <> 'Withdrawn') as rows, count(*) as numbered,"
        f" min(i.number) as first, max(i.number) as last from {installments} i"
        f" where i.company_id = c.company_id and i.{key} = c.id) s"
        " where s.total is distinct from d.amount or s.rows is distinct from d.installment_count::bigint"
        " or s.first <> 1 or s.last <> s.numbered;"
        " if wrong is not null then"
        " raise exception 'the schedule of % does not make up its amount, or was not written whole', wrong"
        " using errcode = 'check_violation'; end if; return null;"
    )


def whole_on_shards(
    event: str, *, installments: str, documents: str, key: str, document: str
) -> tuple[OnShards, ...]:
    """The same on shards, when the transaction ends; `document` is the column of the row that names its document."""
    return (
        OnShards(
            event=event,
            is_deferred=True,
            declare="made record; told record;",
            body=(
                "select sum(i.principal) filter (where i.status <> 'Withdrawn') as total,"  # noqa: S608 - our tables
                " count(*) filter (where i.status <> 'Withdrawn') as rows, count(*) as numbered,"
                f" min(i.number) as first, max(i.number) as last into made from {installments} i"
                f" where i.company_id = new.company_id and i.{key} = new.{document};"
                f" select d.amount, d.installment_count into told from {documents} d"
                f" where d.company_id = new.company_id and d.id = new.{document};"
                " if made.total is distinct from told.amount"
                " or made.rows is distinct from told.installment_count::bigint or made.first <> 1"
                " or made.last <> made.numbered then"
                " raise exception 'the schedule of % does not make up its amount, or was not written whole',"
                f" new.{document} using errcode = 'check_violation'; end if; return null;"
            ),
        ),
    )
