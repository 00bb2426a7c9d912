from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0011_list_choices'),
    ]

    operations = [
        migrations.AddField(
            model_name='bulkrow',
            name='kept',
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict, help_text='What the action that takes it back has to know of the row.'),
        ),
    ]
