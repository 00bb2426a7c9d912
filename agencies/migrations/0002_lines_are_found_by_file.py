"""No query looks for the lines of a row: its index cost every import a tenth of its time."""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    # Each step by itself; each may be run again.
    atomic = False

    dependencies = [('agencies', '0001_initial')]

    operations = [RemoveIndexConcurrently(model_name='agencyimportline', name='agency_import_line_row')]
