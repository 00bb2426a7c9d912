"""Lists count rows by their name in the plural: nothing changes in the database."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [('agencies', '0002_lines_are_found_by_file')]

    operations = [
        migrations.AlterModelOptions(
            name='agencyrow',
            options={
                'ordering': ('-id',),
                'verbose_name': 'row of an agency',
                'verbose_name_plural': 'rows of agencies',
            },
        )
    ]
