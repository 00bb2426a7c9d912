"""What is refused of match rules."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import NotFound

RULE_OF_ONE_KIND: Final = declare_code(
    "rule_of_one_kind",
    status=400,
    title="A rule says one thing",
    remedy="Name the customer whose money it is, or the account of the chart, not both and not neither.",
)
RULE_SAYS_TOO_LITTLE: Final = declare_code(
    "rule_says_too_little",
    status=400,
    title="The rule would fit too much",
    remedy="Give more of the account's number, of the name, or of the text's words.",
)
RULE_TAKEN: Final = declare_code(
    "rule_taken",
    status=409,
    title="There is such a rule",
    remedy="Change the rule that is there; switched off, it is in the list too.",
)


class RuleNotFound(NotFound):
    """404: no such rule in this company."""

    code = "match_rule_not_found"
    title = "Rule not found"
    remedy = "Take the id from the list of rules; those of other companies are not found."
