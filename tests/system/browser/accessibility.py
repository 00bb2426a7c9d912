"""What axe-core finds wrong with a page, of what keeps people from using it."""

from __future__ import annotations

from typing import Any, Final

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

GRAVE: Final = ("serious", "critical")
# The rows of a list are alike: the first few stand for all.
_ALIKE: Final = (["#result_list tbody:nth-of-type(n+7)"], ["#result_list tr:nth-child(n+7)"])
_MENU: Final = ["#nav-sidebar"]
# Not of WCAG's levels, but what people who hear a page find their way by.
_FRAME: Final = ("landmark-one-main", "landmark-unique", "region", "skip-link", "page-has-heading-one")
_OPTIONS: Final = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "rules": {rule: {"enabled": True} for rule in _FRAME},
}


def grave_findings(page: Page, *, menu: bool = True) -> list[str]:
    """The serious and critical findings of WCAG 2.2 A and AA, and all of landmarks, each with where and why.

    The menu, the same on every page, is looked at if `menu` is true. The script comes through the browser's own
    interface for tools, which the page's policy does not concern.
    """
    where = {"exclude": [*_ALIKE, *([] if menu else [_MENU])]}
    page.evaluate(AXE_SCRIPT)
    violations: list[dict[str, Any]] = page.evaluate(
        "([where, options]) => axe.run(where, options).then(all => all.violations)", [where, _OPTIONS]
    )
    return [
        f"{finding['id']} ({finding['impact']}) at {' '.join(map(str, node['target']))}: "
        f"{node['failureSummary'].splitlines()[-1].strip()} | {node['html'][:160]}"
        for finding in violations
        if finding["impact"] in GRAVE or finding["id"] in _FRAME
        for node in finding["nodes"]
    ]
