"""What was posted before there were totals is added up; entries are found by the instant of their posting."""

from django.db import migrations, models, transaction

from batconnect.core.database.building import BuildIndex

ALONE = "select pg_advisory_xact_lock(hashtextextended(%s, 9))"
FORGET = "delete from ledger_day_totals where company_id = %s::uuid"
# Entries that came since are written down as new: the next round adds them.
ADD_UP = """
insert into ledger_day_totals (company_id, id, account_id, effective_on, posted_on, is_closing, debit, credit, postings)
select s.company_id, gen_random_uuid(), s.account_id, s.effective_on, s.posted_on, s.is_closing, s.debit, s.credit, s.postings
from (
  select p.company_id, p.account_id, e.effective_on, (e.posted_at at time zone 'UTC')::date as posted_on,
    e.event = 'year_closed' as is_closing, sum(greatest(p.amount, 0)) as debit, sum(greatest(-p.amount, 0)) as credit,
    count(*) as postings
  from ledger_entries e
  join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id
  where e.company_id = %s::uuid
    and not exists (select from ledger_new_entries n where n.company_id = e.company_id and n.id = e.id)
  group by 1, 2, 3, 4, 5
) s
"""


def add_up(apps, schema_editor):
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute("select id from companies order by id")
        companies = [str(company) for (company,) in cursor.fetchall()]
    for company in companies:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            # The owner of the tables is held to one company as well.
            cursor.execute("select set_config('app.current_company_id', %s, true)", [company])
            cursor.execute(ALONE, [f"kept totals {company}"])
            cursor.execute(FORGET, [company])
            cursor.execute(ADD_UP, [company])


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [("ledger", "0023_kept_totals")]

    operations = [
        migrations.RunPython(add_up, migrations.RunPython.noop),
        BuildIndex(
            model_name="entry",
            index=models.Index(fields=["company", "posted_at", "id"], name="ledger_entry_posted"),
        ),
    ]
