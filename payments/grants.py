"""What the runtime role may do with the tables of payments and its sub-apps (core.database.rights)."""

from __future__ import annotations

from batconnect.core.database.rights import declare
from payments.batches.models import PaymentBatch, PaymentBatchRow
from payments.credit_memos.models import CreditMemo, CreditMemoLine
from payments.gateways.models import GatewayCharge, GatewayEndpoint
from payments.lease_corrections.models import LeaseCorrection, LeaseCorrectionLine
from payments.models import Allocation, Payment, PaymentReturn, Refund

declare(
    Payment,
    update="unallocated refunded reserved returned deposited at_bank_id status voided_at void_reason version",
    why="Where its money is may change; how much came, from whom and how never does.",
)
declare(
    Allocation,
    update="refunded_amount refunded_discount status voided_at updated_at reason",
    why="Voided or refunded, never edited and never deleted.",
)
declare(PaymentReturn, why="What the bank took back: written once.")
declare(Refund, why="Money paid back: written once; what waits for a second person stands in approvals.")

# --- Batches --------------------------------------------------------------------------------------------
declare(
    PaymentBatch,
    update="status succeeded_rows failed_rows unmatched_rows cancelled_rows held_rows known_rows money_out_rows "
    "started_at finished_at undone_at",
    why="A batch is counted while it is worked on; what was uploaded stays.",
)
declare(
    PaymentBatchRow,
    update="status customer_id payment_id error_code error_field error_message error_hint further_errors repeats_id "
    "decided_by decided_at amount currency same_as_row cells file_amount file_currency repairs repaired_by repaired_at",
    why="What became of a row, and how it was repaired; what the file said stays.",
)

# --- Credit memos ---------------------------------------------------------------------------------------
declare(
    CreditMemo,
    update="applied refunded paid_out voided left reserved status voided_at void_reason version",
    why="Where its credit is may change; how much, for what and why never does.",
)
declare(
    CreditMemoLine, update="voided", why="Taken back as far as the memo is voided; what was debited stays."
)

# --- Gateways --------------------------------------------------------------------------------------------
declare(
    GatewayEndpoint,
    update="url is_active",
    why="Administrators move it or switch it off; which gateway it is stays.",
)
declare(
    GatewayCharge,
    update="state sendings questions due_at gateway_reference reason finished_at settled_amount",
    why="How far a charge is; what was asked for stays.",
)

# --- Lease corrections ----------------------------------------------------------------------------------
declare(
    LeaseCorrection,
    update="undone_at undone_by undo_reason",
    why="Undone, never edited and never deleted.",
)
declare(LeaseCorrectionLine, why="What a correction charged and credited: written once.")
