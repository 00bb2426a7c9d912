"""Payments are found by their amount and their reference, those from before as well."""

from uuid import UUID

from django.db import migrations, models, transaction

from batconnect.core.database.building import BuildIndex

AT_ONCE = 5_000
FILL = """
update payments p set amount_cents = (p.amount * 100)::bigint from (
  select id from payments where company_id = %(company)s::uuid and id > %(after)s::uuid order by id limit %(rows)s
) n where p.company_id = %(company)s::uuid and p.id = n.id returning p.id
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

    dependencies = [("payments", "0016_amount_in_cents")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        BuildIndex(
            model_name="payment",
            index=models.Index(fields=["company", "amount_cents", "number_order"], name="payment_amount"),
        ),
        BuildIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("reference_number", ""), _negated=True),
                fields=["company", "reference_number", "number_order"],
                name="payment_reference",
            ),
        ),
    ]
