"""A file of statements is read, whatever its format (docs/domain.md#statement-files)."""

from __future__ import annotations

from io import BytesIO
from zoneinfo import ZoneInfo

from bank.models import StatementMapping
from bank.readers.camt import Notifications
from bank.readers.interface import ParsedStatement, TableForm, UnreadableStatement
from bank.readers.reading import read_notified, read_statements
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput

_FORM = frozenset(TableForm.__dataclass_fields__)


@reads
def read_file(
    *,
    actor: Actor,
    content: bytes,
    file_name: str = "",
    currency: str,
    mapping: StatementMapping | None = None,
) -> list[ParsedStatement]:
    """The statements of a file; `currency` is what a table that names none is in, `mapping` says what its columns are.

    Raises InvalidInput with the reader's code.
    """
    try:
        return read_statements(
            BytesIO(content),
            form=table_form(mapping),
            currency=currency,
            zone=ZoneInfo(actor.company.time_zone),
            file_name=file_name,
        )
    except UnreadableStatement as error:
        raise InvalidInput(error.message, code=error.code, field=error.field) from error


@reads
def read_notified_file(*, actor: Actor, content: bytes, currency: str) -> Notifications | None:
    """What entries of statements consist of, where the file says that and is none itself; else None.

    Raises InvalidInput with the reader's code.
    """
    try:
        return read_notified(BytesIO(content), currency=currency, zone=ZoneInfo(actor.company.time_zone))
    except UnreadableStatement as error:
        raise InvalidInput(error.message, code=error.code, field=error.field) from error


def table_form(mapping: StatementMapping | None) -> TableForm | None:
    """How the mapping says a table is to be read."""
    if mapping is None:
        return None
    names = {each.name for each in StatementMapping._meta.concrete_fields} & _FORM
    return TableForm(**{name: getattr(mapping, name) for name in names})
