"""Query parameters that an operation does not know are refused: a misspelled filter that is ignored would return rows
that nobody asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import FieldError, InvalidInput

UNKNOWN_PARAMETER: Final = declare_code(
    "unknown_parameter",
    status=400,
    title="Unknown query parameter",
    remedy="Use one of the parameters that the message lists; nothing was read or written.",
)
REPEATED_PARAMETER: Final = declare_code(
    "repeated_parameter",
    status=400,
    title="Query parameter given more than once",
    remedy="Send the parameter once.",
)
_SHOWN: Final = 60


def refuse_parameters(
    query: Mapping[str, Any], *, known: Collection[str], repeatable: Collection[str] | None = None
) -> None:
    """Refuse names that are not known, and those given more than once that are not `repeatable` (None: do not look).

    Raises InvalidInput `unknown_parameter`, naming those there are, or `repeated_parameter`.
    """
    errors = []
    for name in query:
        count = len(query.getlist(name)) if repeatable is not None and hasattr(query, "getlist") else 1
        if name not in known:
            there = f"there are {', '.join(sorted(known))}" if known else "there are none here"
            message = f"There is no query parameter {name[:_SHOWN]!r}; {there}."
            errors.append(FieldError(name[:_SHOWN], message, UNKNOWN_PARAMETER))
        elif count > 1 and repeatable is not None and name not in repeatable:
            message = f"{name[:_SHOWN]} takes one value, but was given {count} times."
            errors.append(FieldError(name[:_SHOWN], message, REPEATED_PARAMETER))
    if errors:
        raise InvalidInput(errors[0].message, code=errors[0].code, errors=errors)
