"""What was there before the keys is found too."""

from django.db import migrations, transaction


def fill(apps, schema_editor):
    from batconnect.core.tenancy import clear_company, set_company
    from repairs.models import SEARCH_KEYS

    with transaction.atomic(), schema_editor.connection.cursor() as cursor:
        for company_id in list(apps.get_model("core", "Company").objects.values_list("id", flat=True)):
            set_company(company_id, metadata={"job": "migrate"})
            cursor.execute(SEARCH_KEYS.fill())
        clear_company()


class Migration(migrations.Migration):
    dependencies = [("repairs", "0002_search_keys")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
