"""What a list that has no rows says: what belongs there, and where it is made."""

from __future__ import annotations

from typing import Final, NamedTuple

from django.db import models
from django.http import HttpRequest

from batconnect.core.kernel.subject import find_subject
from console.addresses import list_of, may_see, page_address
from console.pages import registered_pages
from ledger.repayment.kinds import repaid_kinds


class EmptyList(NamedTuple):
    """The sentence, and the page or table (by its label) where such rows are made, if anywhere."""

    sentence: str
    made_on: str = ""


LISTS: Final[dict[str, EmptyList]] = {
    "payments.Payment": EmptyList(
        "Payments that were taken, sent by a program or read from a file.", "take_payment"
    ),
    "payments.Allocation": EmptyList("What payments and credits were applied to.", "workbench_queue"),
    "payments.Refund": EmptyList("Cash that was paid back to those who had paid it.", "payments.Payment"),
    "payments.CreditRefund": EmptyList("Credits that were paid back in cash.", "payments.CreditMemo"),
    "payments.PaymentBatch": EmptyList("Files of payments, with what became of each row.", "upload_payments"),
    "bank.LinePart": EmptyList("Money of a statement whose payer is not known.", "bank_import"),
    "ledger.ProcessorDeposit": EmptyList("What card processors paid in, less their fee.", "bank.LinePart"),
    "ledger.Obligation": EmptyList(
        "What drivers and customers owe: charges, fees, installments.", "new_charge"
    ),
    "agencies.AgencyImport": EmptyList(
        "Files of tolls, tickets and trips, as agencies sent them.", "agency_import"
    ),
    "agencies.AgencyRow": EmptyList(
        "The rows of agencies' files, with whom each belongs to.", "agency_import"
    ),
    "agencies.AgencyChange": EmptyList("Amounts that a later file gives otherwise."),
    "agencies.KnownVehicle": EmptyList(
        "Tags and plates that were remembered, with their lease.", "agency_desk"
    ),
    "agencies.AgencyLayout": EmptyList("How the files of agencies are read.", "agency_import"),
    "payments.Invoice": EmptyList("What customers were billed.", "new_invoice"),
    "payments.CreditMemo": EmptyList("What customers were credited with.", "new_credit"),
    "outstanding.RenewalCase": EmptyList("Policies whose premiums are collected; they come from files."),
    "outstanding.PaymentPlan": EmptyList("How premiums are paid in parts.", "outstanding.RenewalCase"),
    "bank.DrawerSession": EmptyList("Each drawer's day: the float, and the count in the evening."),
    "bank.DepositSlip": EmptyList("Cash and checks on their way to the bank."),
    "bank.Statement": EmptyList("Statements of the bank, as they came.", "bank_import"),
    "bank.StatementLine": EmptyList("The lines of the bank's statements.", "bank_import"),
    "bank.BankNotification": EmptyList(
        "What lines of the bank's statements consist of, as the bank tells it beside them.", "bank_import"
    ),
    "bank.MatchRule": EmptyList("What was learned from lines that people explained.", "bank_desk"),
    "bank.CutOver": EmptyList(
        "From which day on the bank's statements of an account are read.", "ledger.BankAccount"
    ),
    "bank.Reconciliation": EmptyList("Days on which the bank and the books agreed.", "bank"),
    "ledger.BankAccount": EmptyList("The company's own bank accounts."),
    "ledger.Drawer": EmptyList("Where cash is kept."),
    "ledger.Disbursement": EmptyList("What was paid out, until the bank shows it."),
    "ledger.VendorBill": EmptyList("What vendors billed."),
    "ledger.VendorCredit": EmptyList("Prepaid accounts and credit notes of vendors."),
    "ledger.Remittance": EmptyList("Taxes that were passed on to their authority."),
    "ledger.SecurityDeposit": EmptyList("Deposits that drivers left for a lease.", "payments.Payment"),
    "ledger.PayoutBatch": EmptyList(
        "Drivers who were paid together, by file, by check or by hand.", "ledger.Dtr"
    ),
    "ledger.Payout": EmptyList("What each driver was paid.", "ledger.PayoutBatch"),
    "ledger.PayoutReturn": EmptyList("What banks said of payouts.", "payout_returns_import"),
    "ledger.PayeeAccount": EmptyList("The accounts that drivers are paid to."),
    "ledger.PayeeHold": EmptyList("Drivers who are not paid until somebody releases it."),
    "ledger.PayoutOrder": EmptyList("What courts and tax authorities take of what drivers are paid."),
    "ledger.PayingAccount": EmptyList("What the bank needs to know of ACH files, and numbers of checks."),
    "ledger.Dtr": EmptyList("Each driver's week, once it is settled.", "ledger.WeeklyRun"),
    "ledger.DtrExport": EmptyList("A week's DTRs in one file."),
    "ledger.LeaseEarning": EmptyList("What drivers earned in a week; it comes from files."),
    "ledger.WeeklyRun": EmptyList("What was done on each Sunday.", "schedules"),
    "cases.Case": EmptyList("Every run of a workflow, from its first step to its last.", "take_payment"),
    "core.Approval": EmptyList("What waited for a second person, and who decided."),
    "directory.Customer": EmptyList("Everybody who pays or is paid."),
    "directory.Driver": EmptyList("Who drives."),
    "directory.Vehicle": EmptyList("The company's cars."),
    "directory.Medallion": EmptyList("Medallions that cars drive under."),
    "directory.Lease": EmptyList("Who drives which car, since when, at what rate."),
    "payments.LeaseCorrection": EmptyList("Settled weeks that were corrected.", "directory.Lease"),
    "directory.LeaseRate": EmptyList("What a lease costs, from which day on."),
    "ledger.Vendor": EmptyList("Who bills the company."),
    "ledger.TaxAuthority": EmptyList("Whom taxes are held for."),
    "ledger.Account": EmptyList("The chart of accounts; it opens by itself."),
    "ledger.Entry": EmptyList("The journal: everything that was posted."),
    "ledger.ManualEntry": EmptyList("What was entered in the journal by hand."),
    "ledger.JournalExport": EmptyList("The journal of a period as files."),
    "ledger.OpeningBatch": EmptyList("What the company's books begin with."),
    "ledger.LedgerVerification": EmptyList("Each time that every figure was recomputed.", "schedules"),
    "core.AuditEvent": EmptyList("Who did what, when and why."),
    "core.OutgoingMail": EmptyList("Papers that were mailed, or wait to be."),
    "payments.GatewayCharge": EmptyList("Payments on their way through a gateway."),
    "outstanding.CustomerPayment": EmptyList(
        "Payments of premiums, those in progress too.", "outstanding.RenewalCase"
    ),
    "outstanding.PaymentReminder": EmptyList(
        "Reminders of premiums, sent or waiting.", "outstanding.RenewalCase"
    ),
    "payments.GatewayEndpoint": EmptyList("The gateways that the company uses."),
    "core.User": EmptyList("The people whose account the company keeps."),
    "core.Membership": EmptyList("Who has a place in the company."),
    "core.Invitation": EmptyList("Places that were offered to people of other companies."),
    "ledger.RepaymentMatrix": EmptyList("How much of what was advanced is repaid a week."),
    "bank.StatementMapping": EmptyList("How the tables of banks are read.", "bank_import"),
    "cases.CaseType": EmptyList("The workflows; they come with the program."),
    "cases.CaseStepConfig": EmptyList("The steps of workflows; they come with the program."),
    "cases.CaseStepOverride": EmptyList("Who may take a step in this company, where that differs."),
    "core.CompanySettings": EmptyList("The company's own settings."),
    "django_celery_beat.PeriodicTask": EmptyList("When jobs run; they come with the program.", "schedules"),
}


def empty_list_of(request: HttpRequest, model: type[models.Model]) -> tuple[str, str, str]:
    """The sentence of the table, with the text and address of where its rows come from; both empty where that is
    nowhere, or not for the person."""
    says = all_lists().get(model._meta.label, EmptyList(""))
    if "." in says.made_on:
        if not may_see(request, says.made_on):
            return says.sentence, "", ""
        return says.sentence, find_subject(says.made_on).title, list_of(says.made_on)
    address = page_address(says.made_on, request) if says.made_on else ""
    return says.sentence, registered_pages()[says.made_on].title if address else "", address


def all_lists() -> dict[str, EmptyList]:
    """Every table's, those of repaid documents too."""
    repaid = {}
    for kind in repaid_kinds():
        repaid[kind.document._meta.label] = EmptyList(f"{kind.subject.title}.", f"new_{kind.noun}")
        installments = f"Every week's share of every {kind.noun}."
        repaid[kind.installment._meta.label] = EmptyList(installments, f"new_{kind.noun}")
    return {**LISTS, **repaid}
