import batconnect.core.database.constraints
import batconnect.core.database.keys
import batconnect.core.kernel.ids
import batconnect.core.kernel.money
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('directory', '0001_initial'),
        ('ledger', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RepairInvoice',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(help_text='DLN-2026-001 or RPR-2026-001.', max_length=24)),
                ('number_order', models.BigIntegerField(help_text='Year and number as one figure: numbers sort as numbers.')),
                ('currency', models.CharField(max_length=3)),
                ('amount', batconnect.core.kernel.money.MoneyField()),
                ('start_week', models.DateField(help_text='The Sunday on which the first installment falls due.')),
                ('installment_count', models.PositiveSmallIntegerField()),
                ('status', models.CharField(choices=[('Open', 'Open'), ('Hold', 'Hold'), ('Closed', 'Closed'), ('Cancelled', 'Cancelled')], default='Open', max_length=10)),
                ('status_reason', models.CharField(blank=True, help_text='Why it is on hold or was cancelled.', max_length=500)),
                ('closed_at', models.DateTimeField(null=True)),
                ('notes', models.CharField(blank=True, max_length=500)),
                ('case_no', models.CharField(blank=True, max_length=20)),
                ('created_by_name', models.CharField(max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('invoice_number', models.CharField(max_length=40)),
                ('invoice_date', models.DateField()),
                ('workshop_type', models.CharField(choices=[('Big Apple Workshop', 'Big Apple Workshop'), ('External Workshop', 'External Workshop')], max_length=20)),
                ('document_name', models.CharField(blank=True, max_length=120)),
                ('document_type', models.CharField(blank=True, max_length=20)),
                ('document_path', models.CharField(blank=True, max_length=200)),
                ('document_at', models.DateTimeField(null=True)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('created_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('customer', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
                ('driver', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.driver')),
                ('lease', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.lease')),
                ('matrix', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.repaymentmatrix')),
                ('vehicle', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.vehicle')),
            ],
            options={
                'db_table': 'repair_invoices',
                'ordering': ('-number_order',),
            },
        ),
        migrations.CreateModel(
            name='RepairInstallment',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('installment_id', models.CharField(help_text='DLN-2026-001-01', max_length=30, verbose_name='installment')),
                ('week_start_date', models.DateField()),
                ('due_date', models.DateField()),
                ('principal', batconnect.core.kernel.money.MoneyField()),
                ('status', models.CharField(choices=[('Scheduled', 'Scheduled'), ('Posted', 'Posted'), ('Paid', 'Paid')], default='Scheduled', max_length=10)),
                ('is_suspended', models.BooleanField(default=False)),
                ('posted_on', models.DateField(null=True)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('repair', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='installments', to='repairs.repairinvoice')),
            ],
            options={
                'db_table': 'repair_installments',
                'ordering': ('repair', 'number'),
            },
        ),
        migrations.AddIndex(
            model_name='repairinvoice',
            index=models.Index(fields=['company', 'number_order', 'id'], name='repair_invoice_order'),
        ),
        migrations.AddIndex(
            model_name='repairinvoice',
            index=models.Index(fields=['company', 'customer', 'number_order'], name='repair_invoice_customer'),
        ),
        migrations.AddIndex(
            model_name='repairinvoice',
            index=models.Index(fields=['company', 'lease', 'number_order'], name='repair_invoice_lease'),
        ),
        migrations.AddIndex(
            model_name='repairinvoice',
            index=models.Index(fields=['company', 'status', 'number_order'], name='repair_invoice_status'),
        ),
        migrations.AddIndex(
            model_name='repairinvoice',
            index=models.Index(fields=['company', 'start_week', 'id'], name='repair_invoice_start_week'),
        ),
        migrations.AddIndex(
            model_name='repairinvoice',
            index=models.Index(fields=['company', 'amount', 'id'], name='repair_invoice_amount'),
        ),
        migrations.AddIndex(
            model_name='repairinvoice',
            index=models.Index(fields=['company', 'invoice_date', 'id'], name='repair_invoice_date'),
        ),
        migrations.AddIndex(
            model_name='repairinvoice',
            index=models.Index(fields=['company', 'vehicle', 'number_order'], name='repair_invoice_vehicle'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='repair_invoice_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='repair_invoice_company'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=batconnect.core.database.constraints.SameCompany(field='customer', name='repair_invoice_customer_key'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=batconnect.core.database.constraints.SameCompany(field='driver', name='repair_invoice_driver_key'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=batconnect.core.database.constraints.SameCompany(field='lease', name='repair_invoice_lease_key'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=batconnect.core.database.constraints.SameCompany(field='matrix', name='repair_invoice_matrix_key'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=batconnect.core.database.constraints.SameCompany(field='vehicle', name='repair_invoice_vehicle_key'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=models.UniqueConstraint(fields=('company', 'number'), name='repair_invoice_number', opclasses=['uuid_ops', 'text_pattern_ops']),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='repair_invoice_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=models.CheckConstraint(condition=models.Q(('start_week__week_day', 1)), name='repair_invoice_start_week_sunday'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=models.CheckConstraint(condition=models.Q(('installment_count__gte', 1)), name='repair_invoice_has_installments'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['Open', 'Hold', 'Closed', 'Cancelled'])), name='repair_invoice_known_status'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', False), ('status', 'Closed')), models.Q(models.Q(('status', 'Closed'), _negated=True), ('closed_at__isnull', True)), _connector='OR'), name='repair_invoice_closed_at'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what a document is never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, number, number_order, customer_id, driver_id, lease_id, currency, amount, start_week, matrix_id, installment_count, case_no, created_by_id, created_by_name, created_at, vehicle_id, invoice_number, invoice_date, workshop_type', name='repair_invoice_fixed'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'documents are cancelled, never deleted' using errcode = 'restrict_violation';", event='before delete', name='repair_invoice_kept', truncate=True),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=batconnect.core.database.constraints.Trigger(after_table="for each row when (new.status <> 'Open')", body="raise exception 'a document begins Open, not %', new.status using errcode = 'check_violation';", event='before insert', name='repair_invoice_begins_open'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=batconnect.core.database.constraints.Trigger(after_table="for each row when (old.status <> new.status and (old.status::text, new.status::text) not in (('Open', 'Hold'), ('Hold', 'Open'), ('Open', 'Cancelled'), ('Hold', 'Cancelled'), ('Open', 'Closed'), ('Closed', 'Open')))", body="raise exception '% cannot move from % to %', old.number, old.status, new.status using errcode = 'check_violation';", event='before update of status', name='repair_invoice_legal_move'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=batconnect.core.database.constraints.Trigger(after_table='referencing new table as added for each statement', body="if exists (select 1 from added d where (select i.number from repair_installments i where i.company_id = d.company_id and i.repair_id = d.id limit 1) is null) then raise exception 'a document comes with its schedule, in one statement' using errcode = 'check_violation'; end if; return null;", event='after insert', name='repair_invoice_whole'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=models.UniqueConstraint(models.F('company'), models.F('vehicle'), django.db.models.functions.text.Upper('invoice_number'), models.F('invoice_date'), condition=models.Q(('status', 'Cancelled'), _negated=True), name='repair_invoice_once'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="insert into search_keys (company_id, kind, target, what, key) select new.company_id, 'repair', new.id::text, keys.what, keys.key from (select * from (values ('workshop invoice', upper(translate(new.invoice_number, 'áàâäãåÁÀÂÄÃÅéèêëÉÈÊËíìîïÍÌÎÏóòôöõøÓÒÔÖÕØúùûüÚÙÛÜñÑçÇ -_./\\,;:#()&''\t', 'aaaaaaAAAAAAeeeeEEEEiiiiIIIIooooooOOOOOOuuuuUUUUnNcC')))) v(what, key)) keys where keys.key <> '' on conflict do nothing; return null;", event='after insert', name='repair_invoice_search_keys'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=models.CheckConstraint(condition=models.Q(('invoice_number', ''), _negated=True), name='repair_invoice_has_number'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=models.CheckConstraint(condition=models.Q(('workshop_type__in', ['Big Apple Workshop', 'External Workshop'])), name='repair_invoice_known_workshop'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=models.CheckConstraint(condition=models.Q(('start_week__gte', models.F('invoice_date'))), name='repair_invoice_starts_after_invoice'),
        ),
        migrations.AddConstraint(
            model_name='repairinvoice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('document_at__isnull', True), ('document_name', ''), ('document_path', ''), ('document_type', '')), models.Q(models.Q(('document_path', ''), _negated=True), models.Q(('document_name', ''), _negated=True), ('document_type__in', ['application/pdf', 'image/jpeg', 'image/png']), ('document_at__isnull', False)), _connector='OR'), name='repair_invoice_document_whole'),
        ),
        migrations.AddIndex(
            model_name='repairinstallment',
            index=models.Index(condition=models.Q(('is_suspended', False), ('status', 'Scheduled')), fields=['company', 'due_date', 'id'], name='repair_installment_due'),
        ),
        migrations.AddConstraint(
            model_name='repairinstallment',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='repair_installment_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='repairinstallment',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='repair_installment_company'),
        ),
        migrations.AddConstraint(
            model_name='repairinstallment',
            constraint=batconnect.core.database.constraints.SameCompany(field='repair', name='repair_installment_repair_key'),
        ),
        migrations.AddConstraint(
            model_name='repairinstallment',
            constraint=models.UniqueConstraint(fields=('company', 'repair', 'number'), name='repair_installment_place'),
        ),
        migrations.AddConstraint(
            model_name='repairinstallment',
            constraint=models.UniqueConstraint(fields=('company', 'installment_id'), name='repair_installment_number'),
        ),
        migrations.AddConstraint(
            model_name='repairinstallment',
            constraint=models.CheckConstraint(condition=models.Q(('principal__gt', 0)), name='repair_installment_principal_positive'),
        ),
        migrations.AddConstraint(
            model_name='repairinstallment',
            constraint=models.CheckConstraint(condition=models.Q(('week_start_date__week_day', 1)), name='repair_installment_week_is_a_week'),
        ),
        migrations.AddConstraint(
            model_name='repairinstallment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('posted_on__isnull', True), ('status', 'Scheduled')), models.Q(('is_suspended', False), ('posted_on__isnull', False), ('status__in', ['Posted', 'Paid'])), _connector='OR'), name='repair_installment_status_fits'),
        ),
        migrations.AddConstraint(
            model_name='repairinstallment',
            constraint=batconnect.core.database.constraints.Trigger(after_table='referencing new table as added for each statement', body="select string_agg(s.repair_id::text, ', ') into wrong from ( select company_id, repair_id, sum(principal) as total, count(*) as rows, min(number) as first, max(number) as last from added group by company_id, repair_id) s left join repair_invoices d on d.company_id = s.company_id and d.id = s.repair_id where s.total is distinct from d.amount or s.rows is distinct from d.installment_count or s.first <> 1 or s.last <> s.rows; if wrong is not null then raise exception 'the schedule of % does not make up its amount, or was not inserted whole', wrong using errcode = 'check_violation'; end if; return null;", declare='wrong text;', event='after insert', name='repair_installment_whole'),
        ),
        migrations.AddConstraint(
            model_name='repairinstallment',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="raise exception 'what an installment is never changes' using errcode = 'restrict_violation';", event='before update of id, company_id, repair_id, number, installment_id, week_start_date, principal', name='repair_installment_fixed'),
        ),
        migrations.AddConstraint(
            model_name='repairinstallment',
            constraint=batconnect.core.database.constraints.Trigger(after_table="for each row when (old.status <> 'Scheduled')", body="raise exception 'a posted installment never changes' using errcode = 'restrict_violation';", event='before update of due_date', name='repair_installment_posted_fixed'),
        ),
        migrations.AddConstraint(
            model_name='repairinstallment',
            constraint=batconnect.core.database.constraints.Trigger(after_table="for each row when (new.status <> 'Scheduled')", body="raise exception 'an installment begins Scheduled' using errcode = 'check_violation';", event='before insert', name='repair_installment_begins_scheduled'),
        ),
        migrations.AddConstraint(
            model_name='repairinstallment',
            constraint=batconnect.core.database.constraints.Trigger(after_table="for each row when (old.status <> new.status and (old.status::text, new.status::text) not in (('Scheduled', 'Posted'), ('Posted', 'Paid'), ('Paid', 'Posted')))", body="raise exception '% cannot move from % to %', old.installment_id, old.status, new.status using errcode = 'check_violation';", event='before update of status', name='repair_installment_legal_move'),
        ),
        migrations.AddConstraint(
            model_name='repairinstallment',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each statement', body="raise exception 'installments are never deleted' using errcode = 'restrict_violation';", event='before delete', name='repair_installment_kept', truncate=True),
        ),
    ]
