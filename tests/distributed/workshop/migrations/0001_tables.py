import batconnect.core.database.constraints
import batconnect.core.database.keys
import batconnect.core.kernel.ids
import django.db.models.deletion
import pghistory.utils
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0011_list_choices'),
        ('directory', '0007_notes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Tool',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=40)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('customer', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='directory.customer')),
                ('made_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'workshop_tools',
            },
        ),
        migrations.CreateModel(
            name='Repair',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('tool', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workshop.tool')),
            ],
            options={
                'db_table': 'workshop_repairs',
            },
        ),
        migrations.CreateModel(
            name='ToolHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, serialize=False)),
                ('name', models.CharField(max_length=40)),
                ('company', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.company')),
                ('customer', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='directory.customer')),
                ('made_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='workshop.tool')),
            ],
            options={
                'verbose_name': 'history of tools',
                'db_table': 'workshop_tools_history',
                'ordering': ('-pgh_id',),
                'abstract': False,
            },
        ),
        migrations.AddConstraint(
            model_name='tool',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='tool_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='tool',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='tool_company'),
        ),
        migrations.AddConstraint(
            model_name='tool',
            constraint=batconnect.core.database.constraints.SameCompany(field='customer', name='tool_customer_key'),
        ),
        migrations.AddConstraint(
            model_name='tool',
            constraint=models.UniqueConstraint(fields=('company', 'name'), name='tool_once'),
        ),
        migrations.AddConstraint(
            model_name='tool',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="if new.name = 'hammer' then raise exception 'no hammers' using errcode = '23514'; end if; return new;", event='before insert or update', name='tool_no_hammer'),
        ),
        migrations.AddConstraint(
            model_name='tool',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body='if tg_op = \'DELETE\' then here := old; else here := new; end if; if tg_op = \'UPDATE\' and old is not distinct from new then return null; end if; insert into "workshop_tools_history" ("company_id", "id", "name", "customer_id", "made_by_id", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) values (here."company_id", here."id", here."name", here."customer_id", here."made_by_id", now(), lower(tg_op), here."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb); return null;', declare='here record;', event='after insert or update or delete', name='tool_history_kept'),
        ),
        migrations.AddConstraint(
            model_name='repair',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='tool_repair_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='repair',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='tool_repair_company'),
        ),
        migrations.AddConstraint(
            model_name='repair',
            constraint=batconnect.core.database.constraints.SameCompany(field='tool', name='tool_repair_tool_key'),
        ),
        migrations.AddConstraint(
            model_name='repair',
            constraint=batconnect.core.database.constraints.AppendOnly(name='tool_repair_append_only'),
        ),
        migrations.AddIndex(
            model_name='toolhistory',
            index=models.Index(fields=['company', 'pgh_obj', 'pgh_id'], name='tool_history_row'),
        ),
        migrations.AddConstraint(
            model_name='toolhistory',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'pgh_id'), name='tool_history_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='toolhistory',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='tool_history_company'),
        ),
        migrations.AddConstraint(
            model_name='toolhistory',
            constraint=batconnect.core.database.constraints.AppendOnly(name='tool_history_append_only'),
        ),
        migrations.AddConstraint(
            model_name='toolhistory',
            constraint=batconnect.core.database.constraints.WrittenByTriggers(name='tool_history_by_trigger'),
        ),
    ]
