"""The strategies that divide a payment into shares: whole cents, by largest remainder.

Rule: docs/domain.md#strategies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.kernel.errors import InvalidInput
from payments.errors import BAD_PERCENTAGE, NAMED_TWICE, NOT_OPEN_ITEM
from payments.rules.plans import OpenItem, Options, Percentage, Plan, PlannedLine, Skipped, by_issue_date

_PERCENT_SCALE: Final = 1_000_000  # 100 % in ten-thousandths of a percent


def proportional(items: Sequence[OpenItem], available: int) -> Plan:
    """Shares by outstanding: floors, then the left-over cents by largest remainder, larger outstanding, fifo."""
    total = sum(item.outstanding for item in items)
    allocated = min(available, total)
    ordered = sorted(items, key=by_issue_date)
    if not total:
        return Plan("proportional", (), (), available)
    floors = {item.id: allocated * item.outstanding // total for item in ordered}
    by_remainder = sorted(
        ordered,
        key=lambda item: (-(allocated * item.outstanding % total), -item.outstanding, by_issue_date(item)),
    )
    extra = {item.id for item in by_remainder[: allocated - sum(floors.values())]}
    lines, skipped = [], []
    for rank, item in enumerate(ordered, start=1):
        amount = floors[item.id] + (item.id in extra)
        if not amount:
            skipped.append(Skipped(item.id, "share_below_a_cent"))
            continue
        decision = {
            "strategy": "proportional",
            "rank": rank,
            "outstanding": item.outstanding,
            "of_total": total,
            "remainder_cent": item.id in extra,
        }
        lines.append(PlannedLine(item.id, amount, 0, Decimal(0), decision))
    return Plan("proportional", tuple(lines), tuple(skipped), available - allocated)


def percentage_based(items: Sequence[OpenItem], available: int, options: Options) -> Plan:
    """Shares of what is available by given percentages; what an item cannot take stays unallocated."""
    shares = _percentage_shares(available, options.percentages)
    open_now = {item.id: item for item in items}
    lines: dict[UUID, PlannedLine] = {}
    skipped: list[Skipped] = []
    # Items named by themselves are served before a category that holds them as well.
    for position in sorted(range(len(shares)), key=lambda place: options.percentages[place].item_id is None):
        target, share = options.percentages[position], shares[position]
        for item in _targets(target, position, items, open_now):
            taken = lines[item.id].amount if item.id in lines else 0
            amount = min(share, item.outstanding - taken)
            if not amount:
                continue
            share -= amount
            decision = {"strategy": "percentage_based", "rank": position + 1, "percent": target.percent}
            if target.category:
                decision["category"] = target.category
            lines[item.id] = (
                replace(lines[item.id], amount=taken + amount)
                if taken
                else PlannedLine(item.id, amount, 0, Decimal(0), decision)
            )
    skipped += [
        Skipped(item.id, "no_share") for item in sorted(items, key=by_issue_date) if item.id not in lines
    ]
    spent = sum(line.amount for line in lines.values())
    return Plan("percentage_based", tuple(lines.values()), tuple(skipped), available - spent)


def _percentage_shares(available: int, percentages: Sequence[Percentage]) -> list[int]:
    """Whole cents per percentage: floors, then left-over cents by largest remainder up to the half-up target."""
    weights: list[int] = []
    for position, each in enumerate(percentages):
        weight = each.percent * 10_000
        if weight <= 0 or weight != weight.to_integral_value():
            raise InvalidInput(
                f"{each.percent} is not accepted: enter a percentage above 0 with at most four decimals.",
                code=BAD_PERCENTAGE,
                field=f"percentages.{position}.percent",
            )
        weights.append(int(weight))
    if sum(weights) > _PERCENT_SCALE:
        raise InvalidInput(
            f"The percentages add up to {sum(each.percent for each in percentages)}, more than 100.",
            code=BAD_PERCENTAGE,
            field="percentages",
        )
    targets = [(each.item_id, each.category) for each in percentages]
    if len(set(targets)) < len(targets):
        raise InvalidInput("percentages names the same target twice.", code=NAMED_TWICE, field="percentages")
    target = (2 * available * sum(weights) + _PERCENT_SCALE) // (2 * _PERCENT_SCALE)
    shares = [available * weight // _PERCENT_SCALE for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda place: (-(available * weights[place] % _PERCENT_SCALE), place)
    )
    for place in by_remainder[: target - sum(shares)]:
        shares[place] += 1
    return shares


def _targets(
    target: Percentage, position: int, items: Sequence[OpenItem], open_now: dict[UUID, OpenItem]
) -> list[OpenItem]:
    if target.item_id is None:
        return sorted((item for item in items if item.category == target.category), key=by_issue_date)
    if target.item_id not in open_now:
        raise InvalidInput(
            f"{target.item_id} is not an open item of this customer in this currency.",
            code=NOT_OPEN_ITEM,
            field=f"percentages.{position}",
        )
    return [open_now[target.item_id]]
