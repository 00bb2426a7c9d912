"""Pages of one statement are one statement (docs/domain.md#statement-files)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bank.readers.interface import ParsedLine, ParsedStatement


def join_pages(statements: Sequence[ParsedStatement]) -> list[ParsedStatement]:
    """Statements with the pages of each joined; one that is not in pages stays as it is.

    A page follows the one before it of the same account, number and period when its own number is the next. Pages that
    are missing leave what there is with the `page` it goes to: the rest may be in another file. A full one has no page.
    """
    joined: list[ParsedStatement] = []
    open_at: dict[tuple[str, str, str, str], int] = {}
    for given in statements:
        each = given if given.page is None else replace(given, first_page=given.page)
        key = (each.format, each.account, each.currency, each.sequence_no)
        at = open_at.get(key) if each.page is not None else None
        if at is not None and _follows(joined[at], each):
            joined[at] = _append(joined[at], each)
        else:
            joined.append(each)
            at = len(joined) - 1
        if each.page is not None:
            open_at[key] = at
            if joined[at].is_last_page:
                del open_at[key]
                joined[at] = _without_pages(joined[at])
    return joined


def join_all(pages: Sequence[ParsedStatement]) -> ParsedStatement:
    """Pages of several files, in order and without a gap from the first to the last, as one statement."""
    whole = pages[0]
    for each in pages[1:]:
        whole = _append(whole, each)
    return _without_pages(whole)


def _follows(first: ParsedStatement, second: ParsedStatement) -> bool:
    return first.page is not None and second.page == first.page + 1


def _without_pages(statement: ParsedStatement) -> ParsedStatement:
    """One that begins with its first page and ends with its last is whole."""
    is_whole = statement.first_page == 1 and statement.is_last_page
    return replace(statement, page=None, first_page=None) if is_whole else statement


def _append(first: ParsedStatement, second: ParsedStatement) -> ParsedStatement:
    """Both as one: opening of the first, closing of the second, places counted on."""
    warnings = [*first.warnings, *second.warnings]
    if first.closing is not None and second.opening is not None and first.closing != second.opening:
        warnings.append(
            f"Page {first.page} closes with {first.closing:,.2f}, page {second.page} opens with {second.opening:,.2f}."
        )
    totals = [first.totals_in, first.totals_out]
    if first.totals_in is None:
        totals = [second.totals_in, second.totals_out]
    return replace(
        first,
        lines=(*first.lines, *_moved(first.lines, second.lines)),
        closing=second.closing,
        closing_on=second.closing_on,
        period_to=second.period_to or first.period_to,
        page=second.page,
        is_last_page=second.is_last_page,
        totals_in=totals[0],
        totals_out=totals[1],
        problems=(*first.problems, *second.problems),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _moved(before: Sequence[ParsedLine], lines: Sequence[ParsedLine]) -> Sequence[ParsedLine]:
    """The lines with places behind those before them, where they were counted by page."""
    last = max((each.place for each in before), default=0)
    if not lines or lines[0].place > last:
        return lines
    return [replace(each, place=each.place + last) for each in lines]
