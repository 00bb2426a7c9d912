"""Policies that were canceled before their end."""

import batconnect.core.database.constraints
import batconnect.core.database.keys
import batconnect.core.kernel.ids
import batconnect.core.kernel.money
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0003_books'),
        ('outstanding', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='RenewalCancellation',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('effective_on', models.DateField(help_text='The first day that is not covered any more.')),
                ('covers_from', models.DateField(null=True)),
                ('covers_until', models.DateField(null=True)),
                ('unearned', batconnect.core.kernel.money.MoneyField()),
                ('credited', batconnect.core.kernel.money.MoneyField()),
                ('returned', batconnect.core.kernel.money.MoneyField()),
                ('memo_id', models.UUIDField(null=True)),
                ('reason', models.CharField(max_length=500)),
                ('made_by', models.CharField(max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('renewal_case', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='cancellations', to='outstanding.renewalcase')),
            ],
            options={
                'db_table': 'renewal_cancellations',
                'constraints': [batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='renewal_cancellation_primary_key'), batconnect.core.database.constraints.CompanyIsolation(name='renewal_cancellation_company'), batconnect.core.database.constraints.SameCompany(field='renewal_case', name='renewal_cancellation_renewal_case_key'), batconnect.core.database.constraints.AppendOnly(name='renewal_cancellation_append_only'), models.UniqueConstraint(fields=('company', 'renewal_case'), name='renewal_cancellation_once'), models.CheckConstraint(condition=models.Q(('credited__gte', 0), ('returned__gte', 0), ('unearned', django.db.models.expressions.CombinedExpression(models.F('credited'), '+', models.F('returned')))), name='renewal_cancellation_adds_up'), models.CheckConstraint(condition=models.Q(models.Q(('memo_id__isnull', True), ('returned', 0)), models.Q(('memo_id__isnull', False), ('returned__gt', 0)), _connector='OR'), name='renewal_cancellation_returned_by_memo'), models.CheckConstraint(condition=models.Q(models.Q(('covers_from__isnull', True), ('covers_until__isnull', True)), models.Q(('covers_from__isnull', False), ('covers_until__gte', models.F('covers_from'))), _connector='OR'), name='renewal_cancellation_term')],
            },
        ),
    ]
