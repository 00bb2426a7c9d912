"""What DTRs from before earned is their gross, and the rules of who drove hold for them."""

from uuid import UUID

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, transaction

AT_ONCE = 5_000
# What DTRs earned until now was never below zero, and is their gross.
FILL = """
update dtrs d set earned = d.gross from (
  select id from dtrs where company_id = %(company)s::uuid and id > %(after)s::uuid order by id limit %(rows)s
) n where d.company_id = %(company)s::uuid and d.id = n.id returning d.id
"""


def fill(apps, schema_editor):
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute("select id from companies order by id")
        companies = [company for (company,) in cursor.fetchall()]
    for company in companies:
        after = UUID(int=0)
        while after is not None:
            with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
                # The owner of the tables is held to one company as well.
                cursor.execute("select set_config('app.current_company_id', %s, true)", [str(company)])
                cursor.execute(FILL, {"company": company, "after": after, "rows": AT_ONCE})
                after = max((key for (key,) in cursor.fetchall()), default=None)


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [('ledger', '0004_who_drove')]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        ValidateConstraint(model_name='dtr', name='dtr_owed_adds_up'),
        ValidateConstraint(model_name='dtr', name='dtr_net_adds_up'),
        ValidateConstraint(model_name='dtr', name='dtr_credits_paid_when_nothing_owed'),
        ValidateConstraint(model_name='dtrline', name='dtr_line_names_obligation'),
        ValidateConstraint(model_name='dtrline', name='dtr_line_sign'),
        ValidateConstraint(model_name='leaseearning', name='lease_earning_kind_fits'),
    ]
