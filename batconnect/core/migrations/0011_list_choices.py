"""How people have lists: columns and the view that opens (docs/adr/0083-saved-views-and-orders.md)."""

import batconnect.core.database.constraints
import batconnect.core.database.keys
import batconnect.core.kernel.ids
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0010_notices_found'),
    ]

    operations = [
        migrations.CreateModel(
            name='ListChoice',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('page', models.CharField(help_text='The list: `payments.payment`.', max_length=80)),
                ('columns', models.CharField(blank=True, help_text='Their names; empty: all of them.', max_length=1000)),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('view', batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.savedfilter')),
            ],
            options={
                'db_table': 'list_choices',
                'indexes': [models.Index(fields=['company', 'view'], name='list_choice_view')],
                'constraints': [batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='list_choice_primary_key'), batconnect.core.database.constraints.CompanyIsolation(name='list_choice_company'), batconnect.core.database.constraints.SameCompany(field='view', name='list_choice_view_key'), models.UniqueConstraint(fields=('company', 'page', 'user'), name='list_choice_once')],
            },
        ),
    ]
