"""The paths of the bank's word."""

from __future__ import annotations

from bank import receipt_views
from bank.views import (
    cut_overs,
    drawers,
    explaining,
    feeds,
    lines,
    matching,
    notifications,
    operations,
    received,
    reconciliations,
    slips,
    statements,
    transfers,
)
from batconnect.core.api.paths import with_optional_slash

_LINES = "api/accounting/statement-lines"
_LINE = f"{_LINES}/<uuid:line_id>"
_OPERATIONS = "api/accounting/explanation-operations"
_OPERATION = f"{_OPERATIONS}/<uuid:operation_id>"
_BANK_ACCOUNT = "api/accounting/bank-accounts/<uuid:bank_account_id>"
_STATEMENTS = "api/accounting/bank-statements"
_RULES = "api/accounting/match-rules"
_RECEIPTS = "api/accounting/unidentified-receipts"
_STATEMENT = f"{_STATEMENTS}/<uuid:statement_id>"
_SESSIONS = "api/accounting/drawer-sessions"
_SESSION = f"{_SESSIONS}/<uuid:session_id>"
_SLIPS = "api/accounting/deposit-slips"
_SLIP = f"{_SLIPS}/<uuid:slip_id>"

urlpatterns = [
    *with_optional_slash(
        "api/accounting/bank-accounts/<uuid:bank_account_id>/feed",
        feeds.StatementFeedView.as_view(),
        "bank-account-feed",
    ),
    *with_optional_slash(_STATEMENTS, statements.BankStatementsView.as_view(), "bank-statements"),
    *with_optional_slash(_STATEMENT, statements.BankStatementView.as_view(), "bank-statement"),
    *with_optional_slash(
        f"{_STATEMENT}/accept", statements.AcceptStatementView.as_view(), "bank-statement-accept"
    ),
    *with_optional_slash(
        f"{_STATEMENT}/balance", statements.StatementBalanceView.as_view(), "bank-statement-balance"
    ),
    *with_optional_slash(
        f"{_STATEMENT}/refuse", statements.RefuseStatementView.as_view(), "bank-statement-refuse"
    ),
    *with_optional_slash(
        f"{_STATEMENT}/reconciliation",
        reconciliations.ReconciliationView.as_view(),
        "bank-statement-reconciliation",
    ),
    *with_optional_slash(
        f"{_BANK_ACCOUNT}/reconciliations",
        reconciliations.ReconciliationsView.as_view(),
        "bank-account-reconciliations",
    ),
    *with_optional_slash(
        "api/accounting/bank-notifications",
        notifications.BankNotificationsView.as_view(),
        "bank-notifications",
    ),
    *with_optional_slash(_LINES, lines.StatementLinesView.as_view(), "statement-lines"),
    *with_optional_slash(
        f"{_LINES}/accept-certain", operations.AcceptCertainView.as_view(), "statement-lines-accept-certain"
    ),
    *with_optional_slash(_OPERATIONS, operations.OperationsView.as_view(), "explanation-operations"),
    *with_optional_slash(_OPERATION, operations.OperationView.as_view(), "explanation-operation"),
    *with_optional_slash(
        f"{_OPERATION}/undo", operations.UndoOperationView.as_view(), "explanation-operation-undo"
    ),
    *with_optional_slash(_LINE, lines.StatementLineView.as_view(), "statement-line"),
    *with_optional_slash(f"{_LINE}/decide", lines.DecideLineView.as_view(), "statement-line-decide"),
    *with_optional_slash(f"{_LINE}/resolve", explaining.ResolveLineView.as_view(), "statement-line-resolve"),
    *with_optional_slash(f"{_LINE}/undo", explaining.UndoLineView.as_view(), "statement-line-undo"),
    *with_optional_slash(
        _RECEIPTS, receipt_views.UnidentifiedReceiptsView.as_view(), "unidentified-receipts"
    ),
    *with_optional_slash(
        f"{_RECEIPTS}/<uuid:receipt_id>/match",
        receipt_views.MatchReceiptView.as_view(),
        "unidentified-receipt-match",
    ),
    *with_optional_slash(
        f"{_RECEIPTS}/<uuid:receipt_id>/unmatch",
        receipt_views.UnmatchReceiptView.as_view(),
        "unidentified-receipt-unmatch",
    ),
    *with_optional_slash(
        f"{_RECEIPTS}/<uuid:receipt_id>/processor-deposit",
        receipt_views.ProcessorDepositView.as_view(),
        "unidentified-receipt-processor-deposit",
    ),
    *with_optional_slash(
        f"{_RECEIPTS}/<uuid:receipt_id>/vendor-refund",
        receipt_views.VendorRefundView.as_view(),
        "unidentified-receipt-vendor-refund",
    ),
    *with_optional_slash(
        f"{_RECEIPTS}/<uuid:receipt_id>/unexplain",
        receipt_views.UnexplainView.as_view(),
        "unidentified-receipt-unexplain",
    ),
    *with_optional_slash(f"{_BANK_ACCOUNT}/cut-over", cut_overs.CutOverView.as_view(), "bank-cut-over"),
    *with_optional_slash(
        f"{_BANK_ACCOUNT}/cut-over/items", cut_overs.CutOverItemsView.as_view(), "bank-cut-over-items"
    ),
    *with_optional_slash(
        f"{_BANK_ACCOUNT}/cut-over/undo", cut_overs.UndoCutOverView.as_view(), "bank-cut-over-undo"
    ),
    *with_optional_slash(_SESSIONS, drawers.DrawerSessionsView.as_view(), "drawer-sessions"),
    *with_optional_slash(_SESSION, drawers.DrawerSessionView.as_view(), "drawer-session"),
    *with_optional_slash(f"{_SESSION}/count", drawers.CountDrawerView.as_view(), "drawer-session-count"),
    *with_optional_slash(_SLIPS, slips.DepositSlipsView.as_view(), "deposit-slips"),
    *with_optional_slash(_SLIP, slips.DepositSlipView.as_view(), "deposit-slip"),
    *with_optional_slash(f"{_SLIP}/close", slips.CloseSlipView.as_view(), "deposit-slip-close"),
    *with_optional_slash(f"{_SLIP}/reopen", slips.ReopenSlipView.as_view(), "deposit-slip-reopen"),
    *with_optional_slash(f"{_SLIP}/void", slips.VoidSlipView.as_view(), "deposit-slip-void"),
    *with_optional_slash("api/accounting/checks-here", slips.ChecksHereView.as_view(), "checks-here"),
    *with_optional_slash(
        "api/accounting/reports/received-deposited",
        received.ReceivedDepositedView.as_view(),
        "received-deposited",
    ),
    *with_optional_slash(
        f"{_LINE}/suggestions", matching.LineSuggestionsView.as_view(), "statement-line-suggestions"
    ),
    *with_optional_slash(_RULES, matching.MatchRulesView.as_view(), "match-rules"),
    *with_optional_slash(f"{_RULES}/<uuid:rule_id>", matching.MatchRuleView.as_view(), "match-rule"),
    *with_optional_slash("api/accounting/transfers", transfers.TransfersView.as_view(), "transfers"),
    *with_optional_slash(
        "api/accounting/statement-mappings", feeds.StatementMappingsView.as_view(), "statement-mappings"
    ),
    *with_optional_slash(
        "api/accounting/statement-mappings/<uuid:mapping_id>",
        feeds.StatementMappingView.as_view(),
        "statement-mapping",
    ),
]
