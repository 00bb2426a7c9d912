"""What is there already is found by its parts, too."""

from django.db import migrations, transaction

AT_ONCE = 2_000
_ACCENTED = "áàâäãåÁÀÂÄÃÅéèêëÉÈÊËíìîïÍÌÎÏóòôöõøÓÒÔÖÕØúùûüÚÙÛÜñÑçÇ"
_PLAIN = "aaaaaaAAAAAAeeeeEEEEiiiiIIIIooooooOOOOOOuuuuUUUUnNcC"


def _folded(expression):
    return rf"upper(translate({expression}, '{_ACCENTED} -_./\,;:#()&''' || chr(9), '{_PLAIN}'))"


# Table, kind, type of the key, and of what: its word, its text, and whether the whole of it counts as well.
_KEYS = (
    (
        "customers",
        "customer",
        "uuid",
        f"select 'external reference', {_folded('t.external_reference')}, 2 "
        f"union all select 'name', {_folded('word')}, 2 from regexp_split_to_table(t.name, '[[:space:],./-]+') word "
        "union all select 'phone', regexp_replace(t.phone, '[^0-9]', '', 'g'), 1 "
        f"union all select 'e-mail', {_folded('t.email')}, 1",
    ),
    (
        "drivers",
        "driver",
        "bigint",
        f"select 'driver', {_folded('t.driver_id')}, 2 union all select 'TLC license', {_folded('t.tlc_license')}, 2",
    ),
    (
        "vehicles",
        "vehicle",
        "bigint",
        f"select 'plate', {_folded('t.plate_no')}, 2 union all select 'VIN', {_folded('t.vin')}, 2",
    ),
    ("medallions", "medallion", "bigint", f"select 'medallion', {_folded('t.medallion_no')}, 2"),
    ("leases", "lease", "bigint", f"select 'lease', {_folded('t.lease_id')}, 2"),
)
_FILL = """
with t as materialized (
  select * from {table} where company_id = %(company)s::uuid and (%(after)s::{type} is null or id > %(after)s::{type})
  order by id limit %(rows)s
), added as (
  insert into search_keys (company_id, kind, target, what, key)
  select t.company_id, 'part of {kind}', t.id::text, p.what, substr(p.key, place, 60)
  from t cross join lateral ({keys}) p(what, key, first)
  cross join lateral generate_series(p.first, least(length(p.key) - 2, 60)) place where p.key <> ''
  on conflict do nothing
)
select id from t order by id desc limit 1
"""


def fill(apps, schema_editor):
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute("select id from companies order by id")
        companies = [company for (company,) in cursor.fetchall()]
    for company in companies:
        for table, kind, key_type, keys in _KEYS:
            statement = _FILL.format(table=table, kind=kind, type=key_type, keys=keys)
            after = None
            while True:
                with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
                    # The owner of the tables is held to one company as well.
                    cursor.execute("select set_config('app.current_company_id', %s, true)", [str(company)])
                    cursor.execute(statement, {"company": company, "after": after, "rows": AT_ONCE})
                    last = cursor.fetchone()
                if last is None:
                    break
                after = last[0]


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [("directory", "0005_search_parts")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
