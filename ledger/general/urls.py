"""The paths of the general ledger."""

from __future__ import annotations

from batconnect.core.api.paths import with_optional_slash
from ledger.general.views import journal, statements

_ACCOUNTS = "ledger/accounts"
_ACCOUNT = f"{_ACCOUNTS}/<uuid:account_id>"
_ENTRIES = "api/accounting/journal-entries"
_ENTRY = f"{_ENTRIES}/<uuid:manual_entry_id>"
_EXPORTS = "api/accounting/journal-exports"
_EXPORT = f"{_EXPORTS}/<uuid:export_id>"

urlpatterns = [
    *with_optional_slash(
        "ledger/profit-and-loss", statements.ProfitAndLossView.as_view(), "ledger-profit-and-loss"
    ),
    *with_optional_slash(
        "ledger/balance-sheet", statements.BalanceSheetView.as_view(), "ledger-balance-sheet"
    ),
    *with_optional_slash(_ACCOUNTS, statements.AccountsView.as_view(), "ledger-accounts"),
    *with_optional_slash(_ACCOUNT, statements.AccountView.as_view(), "ledger-account"),
    *with_optional_slash(
        f"{_ACCOUNT}/detail", statements.AccountDetailView.as_view(), "ledger-account-detail"
    ),
    *with_optional_slash(_ENTRIES, journal.JournalEntriesView.as_view(), "journal-entries"),
    *with_optional_slash(_ENTRY, journal.JournalEntryView.as_view(), "journal-entry"),
    *with_optional_slash(f"{_ENTRY}/void", journal.VoidJournalEntryView.as_view(), "journal-entry-void"),
    *with_optional_slash(_EXPORTS, journal.JournalExportsView.as_view(), "journal-exports"),
    *with_optional_slash(_EXPORT, journal.JournalExportView.as_view(), "journal-export"),
    *with_optional_slash(
        f"{_EXPORT}/download", journal.JournalDownloadView.as_view(), "journal-export-download"
    ),
]
