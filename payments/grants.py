"""What the runtime role may do with the tables of payments, batches and gateways (core.database.rights)."""

from __future__ import annotations

from batconnect.core.database.rights import declare
from payments.batches.models import (
    PayerAccount,
    PaymentBatch,
    PaymentBatchRow,
    StatementMapping,
    UnidentifiedReceipt,
)
from payments.gateways.models import GatewayCharge, GatewayEndpoint
from payments.models import Allocation, Payment, Refund

declare(
    Payment,
    update="unallocated refunded reserved status voided_at void_reason version",
    why="Where its money is may change; how much came, from whom and how never does.",
)
declare(
    Allocation,
    update="refunded_amount refunded_discount status voided_at updated_at reason",
    why="Voided or refunded, never edited and never deleted.",
)
declare(Refund, why="Money paid back: written once; what waits for a second person stands in approvals.")

# --- Batches --------------------------------------------------------------------------------------------
declare(
    PaymentBatch,
    update="status succeeded_rows failed_rows unmatched_rows cancelled_rows held_rows started_at finished_at undone_at",
    why="A batch is counted while it is worked on; what was uploaded stays.",
)
declare(
    PaymentBatchRow,
    update="status customer_id payment_id error_code error_field error_message error_hint further_errors repeats_id "
    "decided_by decided_at",
    why="What became of a row; what it said stays.",
)
declare(
    UnidentifiedReceipt,
    update="status payment_id matched_by matched_at",
    why="Matched and unmatched; what the bank said stays.",
)
declare(
    PayerAccount,
    delete=True,
    why="Whose account a bank account is: learned by matching, forgotten by unmatching.",
)
declare(
    StatementMapping,
    update="name amount_column date_column reference_column payer_name_column payer_account_column text_column "
    "currency_column",
    why="How a bank names its columns: a bank may rename them.",
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
