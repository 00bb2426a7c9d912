"""What a trigger does on shards, where it cannot be what it is on one server (docs/scale-distributed.md#triggers).

A shard has no transition tables, and rows that belong together come by several statements: what judges them together
looks when the transaction ends, from the row that they belong to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_IN_ITS_COMPANY: Final = (
    "perform set_config('app.current_company_id', "
    "case tg_op when 'DELETE' then old.company_id else new.company_id end::text, true); "
)


@dataclass(frozen=True, slots=True)
class OnShards:
    """A trigger on each row, in place of one that a shard cannot have.

    The body names the company of the row in every statement, so that each is one of its own shard. `is_deferred` looks
    when the transaction ends; `suffix` tells several triggers in place of one apart.
    """

    event: str
    body: str
    declare: str = ""
    is_deferred: bool = False
    suffix: str = ""

    def make_sql(self, *, name: str, table: str) -> list[str]:
        """The statements that make it, one by one: a distributed server takes them so."""
        own = f"{name}{self.suffix}"
        declare = f"declare {self.declare} " if self.declare else ""
        # A transaction may end in the context of another company than the row's.
        begin = f"begin {_IN_ITS_COMPANY}" if self.is_deferred else "begin "
        kind = "constraint trigger" if self.is_deferred else "trigger"
        when = "deferrable initially deferred for each row" if self.is_deferred else "for each row"
        return [
            f'create or replace function "{own}"() returns trigger language plpgsql as $body$ '
            f"{declare}{begin}{self.body} end $body$",
            f'create {kind} "{own}" {self.event} on "{table}" {when} execute function "{own}"()',
        ]
