import batconnect.core.constraints
import batconnect.core.ids
import batconnect.core.money
import django.db.models.deletion
import django.db.models.functions.datetime
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0001_initial'),
        ('core', '__first__'),
        ('directory', '0001_initial'),
        ('payments', '0003_invoices'),
    ]

    operations = [
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('amount', batconnect.core.money.MoneyField()),
                ('discount_amount', batconnect.core.money.MoneyField(default=Decimal('0.00'))),
                ('reason', models.CharField(max_length=500)),
                ('status', models.CharField(choices=[('posted', 'Posted'), ('pending_approval', 'Pending approval'), ('approved', 'Approved'), ('rejected', 'Rejected')], max_length=20)),
                ('requested_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decision_reason', models.CharField(blank=True, max_length=500)),
            ],
            options={
                'db_table': 'payment_refunds',
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='payment_refund_company'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_refund_amount_positive')],
            },
        ),
        migrations.AddField(
            model_name='payment',
            name='reserved',
            field=batconnect.core.money.MoneyField(db_default=Decimal('0.00'), default=Decimal('0.00'), help_text='The part of `unallocated` that refunds waiting for approval hold.'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('reserved__gte', 0), ('reserved__lte', models.F('unallocated'))), name='payment_reserved_within'),
        ),
        migrations.AddField(
            model_name='refund',
            name='allocation',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='payments.allocation'),
        ),
        migrations.AddField(
            model_name='refund',
            name='company',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company'),
        ),
        migrations.AddField(
            model_name='refund',
            name='decided_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='refund',
            name='payment',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='payments.payment'),
        ),
        migrations.AddField(
            model_name='refund',
            name='requested_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(fields=['company', 'payment'], name='payment_refund_payment'),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(condition=models.Q(('status', 'pending_approval')), fields=['company', 'requested_at'], name='payment_refund_pending'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=batconnect.core.constraints.SameCompany(field='payment', name='payment_refund_payment_key'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=batconnect.core.constraints.SameCompany(field='allocation', name='payment_refund_allocation_key'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('discount_amount', 0), models.Q(('allocation__isnull', False), ('discount_amount__gt', 0), ('status__in', ['posted', 'approved'])), _connector='OR'), name='payment_refund_discount_of_allocation'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True), ('status__in', ['posted', 'pending_approval'])), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('requested_by__isnull', False), ('status__in', ['approved', 'rejected']), models.Q(('decided_by', models.F('requested_by')), _negated=True)), _connector='OR'), name='payment_refund_second_person'),
        ),
    ]
