"""What several customers have open, locked, while payments of theirs are worked out one after another in memory.

Rule: docs/architecture.md#lock-order, docs/domain.md#matching.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from ledger.due_dates import moved_due_dates
from payments.models import Allocation
from payments.services.open_items import Items, Obligations, lock_items_of


class Debts:
    """Open obligations of customers by customer and currency. `settle` tells what was applied to them meanwhile."""

    def __init__(self, items: Items, moved: Mapping[UUID, date]) -> None:
        self.moved: dict[UUID, date] = {}
        self._by_owner: dict[tuple[UUID, str], Items] = {}
        self._owners: dict[UUID, tuple[UUID, str]] = {}
        self._currencies: dict[UUID, set[str]] = defaultdict(set)
        self._add(items, moved)

    def _add(self, items: Items, moved: Mapping[UUID, date]) -> None:
        rows: dict[tuple[UUID, str], list[UUID]] = defaultdict(list)
        for key, owner in items.obligations.owners():
            rows[owner].append(key)
            self._owners[key] = owner
            self._currencies[owner[0]].add(owner[1])
        for owner, keys in rows.items():
            self._by_owner[owner] = Items(
                items.obligations.some(keys),
                {key: items.debts[key] for key in keys},
                {key: items.invoices[key] for key in keys if key in items.invoices},
            )
        self.moved.update(moved)

    @joins_transaction
    def renew(self, *, actor: Actor, customer: UUID) -> None:
        """Read a customer's again: what was worked out meanwhile is written, or given up."""
        for currency in self._currencies.pop(customer, ()):
            for key in self._by_owner.pop((customer, currency)).debts:
                self.moved.pop(key, None)
        self._add(*_lock(actor, [customer]))

    def of(self, customer: UUID, currency: str) -> Items:
        """What the customer has open in the currency."""
        return self._by_owner.get((customer, currency)) or Items(Obligations({}), {})

    def every(self, customer: UUID) -> Iterator[tuple[str, Items]]:
        """The same in every currency."""
        for currency in sorted(self._currencies[customer]):
            yield currency, self.of(customer, currency)

    def leases(self, customer: UUID) -> set[int]:
        """The leases that the customer owes on."""
        owed = (items.obligations.lease_of(key) for _, items in self.every(customer) for key in items.debts)
        return {each for each in owed if each is not None}

    def is_planned(self, customer: UUID) -> bool:
        """Whether a payment plan moves a due date of the customer's: it may move on with each payment."""
        return any(key in self.moved for _, items in self.every(customer) for key in items.debts)

    def settle(self, allocations: Sequence[Allocation]) -> None:
        """Take off what these allocations pay; what is paid in full is open no more."""
        for each in allocations:
            debts = self._by_owner[self._owners[each.obligation_id]].debts
            if each.outstanding_after:
                debt = debts[each.obligation_id]
                debts[each.obligation_id] = debt._replace(outstanding=each.outstanding_after)
            else:
                del debts[each.obligation_id]


@joins_transaction
def lock_debts(*, actor: Actor, customers: Collection[UUID]) -> Debts:
    """Everything that the customers have open, locked in the order of ids: after payments, before parts of lines."""
    return Debts(*_lock(actor, customers))


def _lock(actor: Actor, customers: Collection[UUID]) -> tuple[Items, Mapping[UUID, date]]:
    items = lock_items_of(actor=actor, customers=customers)
    return items, moved_due_dates(actor=actor, obligations=items.debts.values())
