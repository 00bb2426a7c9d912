"""Companies that were there before the matrix get the first version, as new ones do."""

from datetime import date

from django.db import migrations, transaction


def open_matrices(apps, schema_editor):
    from batconnect.core.tenancy import clear_company, set_company
    from ledger.rules.schedule import DEFAULT_BANDS

    matrices = apps.get_model("ledger", "RepaymentMatrix").objects
    bands = apps.get_model("ledger", "RepaymentBand")
    counters = apps.get_model("core", "Counter").objects
    with transaction.atomic():
        for company_id in list(apps.get_model("core", "Company").objects.values_list("id", flat=True)):
            set_company(company_id, metadata={"job": "migrate"})
            matrix = matrices.create(
                company_id=company_id, version=1, effective_from=date(2000, 1, 1), actor="add_company"
            )
            bands.objects.bulk_create(
                bands(
                    company_id=company_id,
                    matrix_id=matrix.id,
                    position=position,
                    above=band.above,
                    up_to=band.up_to,
                    weekly_principal=band.weekly_principal,
                )
                for position, band in enumerate(DEFAULT_BANDS, start=1)
            )
            counters.create(company_id=company_id, series="MATRIX", period="", value=1)
        clear_company()


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial"), ("ledger", "0002_repayment")]

    operations = [migrations.RunPython(open_matrices, migrations.RunPython.noop)]
