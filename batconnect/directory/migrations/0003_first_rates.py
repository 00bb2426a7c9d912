"""Every lease has its weekly amount as the rate from its first day."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, transaction

AT_ONCE = 5_000
FILL = """
insert into lease_rates (company_id, lease_id, from_on, weekly_amount, entered_by)
select l.company_id, l.id, l.started_on, l.weekly_amount, '' from leases l
where l.company_id = %s::uuid and not exists (
  select from lease_rates r where r.company_id = l.company_id and r.lease_id = l.id)
order by l.id limit %s
"""


def fill(apps, schema_editor):
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute("select id from companies order by id")
        companies = [company for (company,) in cursor.fetchall()]
    for company in companies:
        added = AT_ONCE
        while added == AT_ONCE:
            with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
                # The owner of the tables is held to one company as well.
                cursor.execute("select set_config('app.current_company_id', %s, true)", [str(company)])
                cursor.execute(FILL, [company, AT_ONCE])
                added = cursor.rowcount


class Migration(migrations.Migration):
    atomic = False

    dependencies = [('directory', '0002_lease_rates')]

    operations = [
        ValidateConstraint(model_name='leasedriver', name='lease_driver_ends_after_start'),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
