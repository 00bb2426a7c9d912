"""What the pages of the bank and of drawers show first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from bank.models import (
    BankNotification,
    CutOver,
    DepositSlip,
    DrawerSession,
    LinePart,
    MatchRule,
    Reconciliation,
    Statement,
    StatementLine,
    StatementMapping,
)
from bank.querysets.faces import line_faces, statement_face
from bank.services.customers import Likely
from batconnect.core.console.faces import Card, Face, Kept, Money, Named, Part, Section, Stamp, Table, stamped
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.words import format_day
from batconnect.directory.models import Customer
from ledger.models import Account

_STATEMENT_TONES: Final = {
    "booked": "good",
    "waiting": "warn",
    "held": "warn",
    "refused": "bad",
    "replaced": "bad",
}
_LINE_TONES: Final = {"booked": "good", "held": "warn", "waiting": "warn", "withdrawn": "bad"}
_PART_TONES: Final = {"open": "warn", "explained": "good", "voided": "bad"}
_NOTICE_TONES: Final = {"joined": "good", "waiting": "warn", "told": "warn"}
_COUNT_TONES: Final = {"open": "warn", "waiting": "warn", "counted": "good"}
_SLIP_TONES: Final = {"cleared": "good", "closed": "warn", "draft": "warn", "voided": "bad"}


def _statement_card(actor: Actor, row: Statement) -> Card:
    is_proven = row.status == Statement.Status.BOOKED and row.is_proven
    is_waiting = row.status in (Statement.Status.HELD, Statement.Status.WAITING)
    period = (
        f"{format_day(row.period_from)} – {format_day(row.period_to)}"
        if row.period_from and row.period_to
        else ""
    )
    return Card(
        kind="Bank statement",
        number=str(row),
        person=row.bank_account,
        person_is="Account",
        amount=Money(row.closing, row.currency) if row.closing is not None else None,
        amount_is="Closing balance",
        status=f"{row.get_status_display()}{', proven' if is_proven else ''}",
        tone=_STATEMENT_TONES.get(row.status, ""),  # type: ignore[arg-type]  # tones
        since=row.finished_at or row.created_at,
        facts=(
            ("Number", row.sequence_no),
            ("Period", period),
            ("File", row.file_name),
            ("Imported by", Kept(row.created_by_name, row.created_by_id)),
        ),
        next_step="Take it all the same, or leave it out." if is_waiting else "",
        next_action="accept",
    )


def _statement_sections(actor: Actor, row: Statement) -> Iterator[Section]:
    yield Part(template="admin/bank/faces/statement.html", context={"face": statement_face(row)})


STATEMENT_FACE: Final = Face(card=_statement_card, sections=_statement_sections)


def _line_card(actor: Actor, row: StatementLine) -> Card:
    mark = f", {row.get_mark_display().lower()} {row.return_code}".rstrip() if row.mark else ""
    is_held = row.state == StatementLine.State.HELD
    return Card(
        kind=f"Line of a statement, {row.get_direction_display().lower()}",
        number=row.payer_name or "No name",
        person=row.bank_account,
        person_is="Account",
        amount=Money(row.amount, row.currency),
        status=f"{row.get_state_display()}{mark}",
        tone=_LINE_TONES.get(row.state, ""),  # type: ignore[arg-type]  # tones
        since=row.booked_on,
        since_is="booked by the bank",
        sentence=row.text,
        facts=(
            ("Bank's reference", row.bank_reference),
            ("Statement", row.statement),
            ("To look at", row.note),
            ("The line that it repeats, or may repeat", row.same_as),
        ),
        next_step="Is it another line, or known already?" if is_held else "",
        next_action="book",
    )


def _line_sections(actor: Actor, row: StatementLine) -> Iterator[Section]:
    (face,) = line_faces([row])
    context = {"face": face, "may_explain": actor.can("bank.explain")}
    yield Part(template="admin/bank/faces/line.html", context=context)


LINE_FACE: Final = Face(card=_line_card, sections=_line_sections)


def _part_card(actor: Actor, row: LinePart) -> Card:
    is_open = row.status == LinePart.Status.OPEN
    return Card(
        kind=f"Part of a line, {row.get_direction_display().lower()}",
        number=row.payer_name or "No name",
        person=row.bank_account,
        person_is="Account",
        amount=Money(row.amount, row.currency),
        status="Not explained" if is_open else str(row.get_status_display()),
        tone=_PART_TONES.get(row.status, ""),  # type: ignore[arg-type]  # tones
        since=row.payment_date,
        since_is="booked by the bank",
        sentence=row.text,
        facts=(
            ("Explained", Money(row.explained, row.currency)),
            ("Reference", row.reference_number),
            ("Payer's account", row.payer_account),
            ("Line", row.line),
            ("Batch", row.batch),
        ),
        next_step="Somebody has to say what it is." if is_open else "",
        next_action="match",
    )


def _part_sections(actor: Actor, row: LinePart) -> Iterator[Section]:
    suggestions: list[Likely] = getattr(row, "suggestions", [])
    if suggestions:
        yield Table(
            title="Whose it may be",
            columns=("Customer", "What speaks for it", "Points"),
            rows=[
                (Named(Customer(id=each.customer_id), each.name), "; ".join(each.because), each.points)
                for each in suggestions
            ],
        )


PART_FACE: Final = Face(card=_part_card, sections=_part_sections)


def _account_of(row: MatchRule) -> Account | None:
    """The account of its lines, in the currency of the one bank account that it is about, if it is about one."""
    accounts = Account.objects.filter(company_id=row.company_id, code=row.account_code).order_by("currency")
    if row.bank_account is not None:
        accounts = accounts.filter(currency=row.bank_account.currency)
    return accounts.first() if row.account_code else None


def _rule_card(actor: Actor, row: MatchRule) -> Card:
    return Card(
        kind="Match rule",
        number=f"{row.get_on_display()}: {row.pattern}",
        person=row.customer,
        status="On" if row.is_active else "Switched off",
        tone="good" if row.is_active else "bad",
        since=row.created_at,
        sentence=row.note,
        facts=(
            ("Lines", str(row.get_direction_display())),
            ("Of", row.bank_account),
            ("Are booked on", _account_of(row)),
            ("Was right", row.hits),
            ("Was wrong", row.misses),
            ("Last met", row.last_hit_at),
            ("Written by", Kept(row.created_by)),
        ),
    )


RULE_FACE: Final = Face(card=_rule_card)


def _reconciliation_card(actor: Actor, row: Reconciliation) -> Card:
    return Card(
        kind="Reconciliation",
        number=str(row),
        person=row.bank_account,
        person_is="Account",
        amount=Money(row.bank_balance, row.currency),
        amount_is="By the bank",
        status="Agrees",
        tone="good",
        since=row.reconciled_until,
        since_is="until",
        facts=(("Statement", row.statement), ("Made by", Kept(row.made_by)), ("Made", row.created_at)),
    )


def _reconciliation_sections(actor: Actor, row: Reconciliation) -> Iterator[Section]:
    lines: list[tuple[Any, ...]] = [
        ("By the books", row.book_balance),
        ("Deposits in transit", row.deposits_in_transit),
        ("Payments in transit", row.payments_in_transit),
        ("Unidentified", row.unidentified),
        ("Not explained", row.unexplained),
        ("By the bank", row.bank_balance),
    ]
    yield Table(
        title="Between the books and the bank",
        columns=("What", f"Amount, {row.currency}"),
        rows=lines,
        strong=frozenset({0, len(lines) - 1}),
        has_heading=False,
    )


RECONCILIATION_FACE: Final = Face(card=_reconciliation_card, sections=_reconciliation_sections)


def _session_card(actor: Actor, row: DrawerSession) -> Card:
    is_open = row.status == DrawerSession.Status.OPEN
    differs = bool(row.difference)
    return Card(
        kind="Drawer, opened and counted",
        number=str(row),
        person=row.drawer or "The office's drawer",
        person_is="Drawer",
        amount=Money(row.opening_counted if row.counted is None else row.counted, row.currency),
        amount_is="Float" if row.counted is None else "Counted",
        status=str(row.get_status_display()),
        tone="bad" if differs else _COUNT_TONES.get(row.status, ""),  # type: ignore[arg-type]  # tones
        since=row.opened_on if row.counted_on is None else row.counted_on,
        since_is="since" if row.counted_on is None else "on",
        sentence=row.reason,
        facts=(
            ("Opened by", Kept(row.opened_by)),
            ("Expected", row.expected),
            ("Difference", row.difference),
            ("Counted by", Kept(row.counted_by)),
            ("Agreed by", Kept(row.approved_by)),
        ),
        next_step="It is to be counted." if is_open else "",
        next_action="count",
    )


def _session_sections(actor: Actor, row: DrawerSession) -> Iterator[Section]:
    yield Table(
        title="Cash and checks",
        columns=("What", "Expected", "Counted"),
        rows=[
            ("Float when it was opened", row.opening_expected, row.opening_counted),
            ("Cash", row.expected, row.counted),
            ("Checks", row.checks_expected_amount, row.checks_counted_amount),
        ],
    )


SESSION_FACE: Final = Face(card=_session_card, sections=_session_sections)


def _slip_card(actor: Actor, row: DepositSlip) -> Card:
    steps = {
        DepositSlip.Status.DRAFT: "It is closed when it is taken to the bank.",
        DepositSlip.Status.CLOSED: "The bank's statement is to show it.",
    }
    return Card(
        kind="Deposit slip",
        number=row.number,
        person=row.bank_account,
        person_is="To",
        amount=Money(row.amount, row.currency),
        status=str(row.get_status_display()),
        tone=_SLIP_TONES.get(row.status, ""),  # type: ignore[arg-type]  # tones
        since=row.closed_on or row.created_at,
        sentence=row.void_reason or row.notes,
        facts=(
            ("Cash", row.cash),
            ("Checks", row.checks),
            ("Number of checks", row.check_count),
            ("Made by", Kept(row.created_by)),
            ("Closed by", Kept(row.closed_by)),
        ),
        next_step=steps.get(DepositSlip.Status(row.status), ""),
        next_action="close",
    )


SLIP_FACE: Final = Face(card=_slip_card)


def _notification_card(actor: Actor, row: BankNotification) -> Card:
    return Card(
        kind=f"Bank notification, {row.get_direction_display().lower()}",
        number=row.bank_reference or str(row),
        person=row.bank_account,
        person_is="Account",
        amount=Money(row.amount, row.currency),
        status=str(row.get_status_display()),
        tone=_NOTICE_TONES.get(row.status, ""),  # type: ignore[arg-type]  # tones
        since=row.booked_on,
        since_is="booked by the bank",
        sentence=row.message,
        facts=(("Line", row.line), ("File", row.file_name), ("Imported by", Kept(row.created_by_name))),
        next_action="line",
    )


NOTIFICATION_FACE: Final = Face(card=_notification_card)


def _cut_over_card(actor: Actor, row: CutOver) -> Card:
    is_live = row.status == CutOver.Status.LIVE
    return Card(
        kind="Cut-over",
        number=str(row),
        person=row.bank_account,
        person_is="Account",
        amount=Money(row.balance, row.currency),
        amount_is="Balance",
        status="Stands" if is_live else "Taken back",
        tone="good" if is_live else "bad",
        since=row.undone_at or row.created_at,
        sentence=row.undo_reason or row.reason,
        facts=(
            ("On", row.day),
            ("Items", row.item_count),
            ("Moved", row.moved),
            ("What else makes it up", row.others),
            ("Opened with", row.opened),
            ("Made by", Kept(row.made_by)),
            ("Taken back by", Kept(row.undone_by)),
        ),
    )


CUT_OVER_FACE: Final = Face(card=_cut_over_card)


def _mapping_card(actor: Actor, row: StatementMapping) -> Card:
    amounts = (row.amount_column, row.direction_column, row.debit_column, row.credit_column)
    return Card(
        kind="Columns of statements",
        number=row.name,
        since=row.created_at,
        facts=(
            ("Amounts", ", ".join(filter(None, amounts))),
            ("Day", row.date_column),
            ("Days are written", str(row.get_date_form_display())),
            ("Amounts are written", str(row.get_decimal_sign_display())),
        ),
    )


MAPPING_FACE: Final = Face(card=_mapping_card)
stamped(StatementMapping, Stamp("created_at", "Entered"))
