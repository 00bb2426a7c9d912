import batconnect.core.database.constraints
import batconnect.core.database.keys
import batconnect.core.kernel.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0011_list_choices'),
        ('directory', '0007_notes'),
        ('workshop', '0001_tables'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Place',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
            ],
            options={
                'db_table': 'workshop_places',
            },
        ),
        migrations.RemoveConstraint(
            model_name='tool',
            name='tool_no_hammer',
        ),
        migrations.RemoveConstraint(
            model_name='tool',
            name='tool_history_kept',
        ),
        migrations.AddField(
            model_name='tool',
            name='seen_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='tool',
            name='spare',
            field=batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workshop.tool'),
        ),
        migrations.AddField(
            model_name='tool',
            name='weight',
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='toolhistory',
            name='seen_by',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='toolhistory',
            name='spare',
            field=batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='workshop.tool'),
        ),
        migrations.AddField(
            model_name='toolhistory',
            name='weight',
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='place',
            name='company',
            field=models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company'),
        ),
        migrations.AddField(
            model_name='tool',
            name='place',
            field=batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='workshop.place'),
        ),
        migrations.AddField(
            model_name='toolhistory',
            name='place',
            field=batconnect.core.database.keys.TenantKey(null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='workshop.place'),
        ),
        migrations.AddIndex(
            model_name='tool',
            index=models.Index(fields=['company', 'weight', 'id'], name='tool_weight'),
        ),
        migrations.AddConstraint(
            model_name='tool',
            constraint=batconnect.core.database.constraints.SameCompany(field='spare', name='tool_spare_key'),
        ),
        migrations.AddConstraint(
            model_name='tool',
            constraint=batconnect.core.database.constraints.SameCompany(field='place', name='tool_place_key'),
        ),
        migrations.AddConstraint(
            model_name='tool',
            constraint=models.CheckConstraint(condition=models.Q(('weight__lte', 50)), name='tool_can_be_lifted'),
        ),
        migrations.AddConstraint(
            model_name='tool',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="if new.name = 'anvil' then raise exception 'no anvils' using errcode = '23514'; end if; return new;", event='before insert or update', name='tool_no_anvil'),
        ),
        migrations.AddConstraint(
            model_name='tool',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body='if tg_op = \'DELETE\' then here := old; else here := new; end if; if tg_op = \'UPDATE\' and old is not distinct from new then return null; end if; insert into "workshop_tools_history" ("company_id", "id", "name", "customer_id", "made_by_id", "weight", "spare_id", "seen_by_id", "place_id", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) values (here."company_id", here."id", here."name", here."customer_id", here."made_by_id", here."weight", here."spare_id", here."seen_by_id", here."place_id", now(), lower(tg_op), here."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb); return null;', declare='here record;', event='after insert or update or delete', name='tool_history_kept'),
        ),
        migrations.AddConstraint(
            model_name='place',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='tool_place_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='place',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='tool_place_company'),
        ),
    ]
