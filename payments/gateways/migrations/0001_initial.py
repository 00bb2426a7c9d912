import batconnect.core.constraints
import batconnect.core.ids
import batconnect.core.money
import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='GatewayEndpoint',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('gateway', models.CharField(choices=[('sandbox', 'Sandbox'), ('webhook', 'HTTPS gateway')], max_length=10)),
                ('url', models.CharField(blank=True, help_text='https://…, on a host of GATEWAY_HOSTS.', max_length=200)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'gateway_endpoints',
                'ordering': ('gateway',),
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='gateway_endpoint_company', or_named_by='app.gateway_endpoint_id'), models.UniqueConstraint(fields=('company', 'gateway'), name='gateway_endpoint_once'), models.CheckConstraint(condition=models.Q(models.Q(('gateway', 'sandbox'), ('url', '')), models.Q(('gateway', 'webhook'), ('url__startswith', 'https://')), _connector='OR'), name='gateway_endpoint_url')],
            },
        ),
        migrations.CreateModel(
            name='GatewayCharge',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('subject_type', models.CharField(help_text='Who asked: see gateways.subjects.', max_length=60)),
                ('subject_id', models.CharField(max_length=60)),
                ('reference', models.CharField(max_length=60)),
                ('method', models.CharField(max_length=24)),
                ('amount', batconnect.core.money.MoneyField()),
                ('currency', models.CharField(max_length=3)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sent', 'Sent'), ('settled', 'Settled'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='waiting', max_length=10)),
                ('settled_amount', batconnect.core.money.MoneyField(null=True)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('gateway_reference', models.CharField(blank=True, max_length=100)),
                ('sendings', models.PositiveSmallIntegerField(default=0)),
                ('questions', models.PositiveSmallIntegerField(default=0)),
                ('due_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('finished_at', models.DateTimeField(null=True)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('endpoint', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='gateways.gatewayendpoint')),
            ],
            options={
                'db_table': 'gateway_charges',
                'indexes': [models.Index(condition=models.Q(('state__in', ['waiting', 'sent'])), fields=['company', 'state', 'due_at'], name='gateway_charge_due')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='gateway_charge_company'), batconnect.core.constraints.SameCompany(field='endpoint', name='gateway_charge_endpoint_key'), models.UniqueConstraint(fields=('company', 'subject_type', 'subject_id'), name='gateway_charge_subject'), models.UniqueConstraint(fields=('company', 'endpoint', 'reference'), name='gateway_charge_reference'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='gateway_charge_amount_positive'), models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', True), ('state__in', ['waiting', 'sent'])), models.Q(('finished_at__isnull', False), ('state__in', ['settled', 'failed', 'cancelled'])), _connector='OR'), name='gateway_charge_finished_at'), models.CheckConstraint(condition=models.Q(models.Q(('settled_amount__gt', 0), ('settled_amount__isnull', False), ('state', 'settled')), models.Q(models.Q(('state', 'settled'), _negated=True), ('settled_amount__isnull', True)), _connector='OR'), name='gateway_charge_settled_amount')],
            },
        ),
        migrations.CreateModel(
            name='GatewayEvent',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('event_id', models.CharField(max_length=100)),
                ('kind', models.CharField(max_length=40)),
                ('reference', models.CharField(max_length=60)),
                ('occurred_at', models.DateTimeField()),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('payload', models.JSONField(default=dict)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('endpoint', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='gateways.gatewayendpoint')),
            ],
            options={
                'db_table': 'gateway_events',
                'indexes': [models.Index(fields=['company', 'reference'], name='gateway_event_reference')],
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='gateway_event_company'), batconnect.core.constraints.SameCompany(field='endpoint', name='gateway_event_endpoint_key'), batconnect.core.constraints.AppendOnly(name='gateway_event_append_only'), models.UniqueConstraint(fields=('company', 'endpoint', 'event_id'), name='gateway_event_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='gatewayendpoint',
            constraint=models.UniqueConstraint(fields=('company', 'id'), name='gateway_endpoint_company_id'),
        ),
        migrations.AddConstraint(
            model_name='gatewaycharge',
            constraint=models.UniqueConstraint(fields=('company', 'id'), name='gateway_charge_company_id'),
        ),
    ]
