"""One peer in a process and environment of its own: `peers_worker.py hordak|ledger`, asked by lines of seconds."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

APPS = {"hordak": ["mptt", "djmoney", "hordak"], "ledger": ["django_ledger"]}


def configure(name: str) -> None:
    """Django with this peer alone, and its tables."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.configure(
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.messages",
            "django.contrib.sessions",
            *APPS[name],
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "HOST": os.environ["PEER_HOST"],
                "PORT": os.environ["PEER_PORT"],
                "USER": os.environ["PEER_USER"],
                "PASSWORD": os.environ["PEER_PASSWORD"],
                "NAME": os.environ["PEER_DATABASE"],
                "CONN_MAX_AGE": None,
                "OPTIONS": json.loads(os.environ.get("PEER_OPTIONS", "{}")),
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        SECRET_KEY="bench",
        CURRENCIES=["USD"],
        DEFAULT_CURRENCY="USD",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    )
    django.setup()
    call_command("migrate", verbosity=0)


def hordak() -> Callable[[], None]:
    """A transfer between two accounts: a transaction with two legs."""
    from hordak.models import Account, AccountType
    from moneyed import Money

    cash = Account.objects.create(name="Cash", code="1", type=AccountType.asset, currencies=["USD"])
    income = Account.objects.create(name="Income", code="2", type=AccountType.income, currencies=["USD"])
    amount = Money("12.34", "USD")
    return lambda: income.transfer_to(cash, amount) and None


def ledger() -> Callable[[], None]:
    """A posted journal entry with two transactions."""
    from django.contrib.auth import get_user_model
    from django_ledger.models import EntityModel

    admin = get_user_model().objects.create_user("bench")
    entity = EntityModel.create_entity(name="Bench", use_accrual_method=True, admin=admin, fy_start_month=1)
    entity.create_chart_of_accounts(assign_as_default=True, commit=True, coa_name="Bench")
    cash = entity.create_account(
        code="1010", role="asset_ca_cash", name="Cash", balance_type="debit", active=True
    )
    income = entity.create_account(
        code="4010", role="in_operational", name="Income", balance_type="credit", active=True
    )
    book = entity.create_ledger(name="Bench", posted=True)
    amount = Decimal("12.34")

    def once() -> None:
        entity.commit_txs(
            je_timestamp=datetime.now(UTC),
            je_ledger_model=book,
            je_posted=True,
            je_txs=[
                {"account": cash, "amount": amount, "tx_type": "debit", "description": "bench"},
                {"account": income, "amount": amount, "tx_type": "credit", "description": "bench"},
            ],
        )

    return once


def main() -> None:
    """Answer each line of seconds with the rate of entries in that time."""
    name = sys.argv[1]
    configure(name)
    once = {"hordak": hordak, "ledger": ledger}[name]()
    for _ in range(5):
        once()
    print("ready", flush=True)
    for line in sys.stdin:
        seconds, done = float(line), 0
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            once()
            done += 1
        print(json.dumps({"rate": done / (time.perf_counter() - began)}), flush=True)


if __name__ == "__main__":
    main()
