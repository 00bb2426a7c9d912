import batconnect.core.database.constraints
import batconnect.core.database.keys
import batconnect.core.kernel.ids
import batconnect.core.kernel.money
import django.contrib.postgres.fields
import django.core.serializers.json
import django.db.models.deletion
import django.db.models.functions.datetime
import pghistory.utils
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('core', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='CaseState',
            fields=[
                ('name', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('position', models.PositiveSmallIntegerField()),
                ('is_final', models.BooleanField()),
            ],
            options={
                'db_table': 'case_states',
                'ordering': ('position',),
            },
        ),
        migrations.CreateModel(
            name='CaseStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('position', models.PositiveSmallIntegerField()),
                ('is_active', models.BooleanField(default=True)),
            ],
            options={
                'db_table': 'case_steps',
                'ordering': ('case_type', 'position'),
            },
        ),
        migrations.CreateModel(
            name='CaseType',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('prefix', models.CharField(help_text='What its case numbers begin with.', max_length=12, unique=True)),
                ('is_creatable', models.BooleanField(default=True, help_text='Whether people open such cases.')),
                ('is_active', models.BooleanField(default=True)),
            ],
            options={
                'db_table': 'case_types',
                'ordering': ('code',),
            },
        ),
        migrations.CreateModel(
            name='Case',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('case_no', models.CharField(max_length=24)),
                ('state', models.CharField(choices=[('Open', 'Open'), ('In Progress', 'In Progress'), ('On Hold', 'On Hold'), ('Closed', 'Closed'), ('Cancelled', 'Cancelled')], default='Open', max_length=20)),
                ('state_before_hold', models.CharField(blank=True, choices=[('Open', 'Open'), ('In Progress', 'In Progress'), ('On Hold', 'On Hold'), ('Closed', 'Closed'), ('Cancelled', 'Cancelled')], default='', max_length=20)),
                ('state_changed_at', models.DateTimeField()),
                ('current_step', models.CharField(blank=True, help_text='The step that the case waits for.', max_length=60)),
                ('draft', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('subject', models.CharField(blank=True, help_text='Whom and what it is about, for search.', max_length=200)),
                ('created_by_name', models.CharField(max_length=150)),
                ('created_on', models.DateTimeField()),
                ('action_due_on', models.DateTimeField(blank=True, null=True)),
                ('escalated_at', models.DateTimeField(blank=True, null=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('assigned_to', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('created_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case_type', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.casetype')),
            ],
            options={
                'db_table': 'cases',
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='CaseStepConfig',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step_id', models.CharField(max_length=60, unique=True)),
                ('name', models.CharField(max_length=160)),
                ('operation', models.CharField(max_length=20)),
                ('position', models.PositiveSmallIntegerField()),
                ('groups', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('Cashier', 'Cashier'), ('Finance manager', 'Finance manager'), ('Auditor', 'Auditor'), ('Administrator', 'Administrator')], max_length=30), default=list, size=None)),
                ('sla', models.DurationField(blank=True, help_text='How long a case may wait at this step.', null=True)),
                ('is_active', models.BooleanField(default=True)),
                ('created_on', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('case_step', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='configs', to='cases.casestep')),
            ],
            options={
                'db_table': 'case_step_configs',
                'ordering': ('case_step', 'position'),
            },
        ),
        migrations.CreateModel(
            name='CaseStepConfigPath',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('path', models.CharField(blank=True, max_length=200)),
                ('is_active', models.BooleanField(default=True)),
                ('created_on', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('case_step_config', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='paths', to='cases.casestepconfig')),
            ],
            options={
                'db_table': 'case_step_config_paths',
                'ordering': ('case_step_config', '-is_active', '-created_on'),
            },
        ),
        migrations.CreateModel(
            name='CaseStepOverride',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('groups', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('Cashier', 'Cashier'), ('Finance manager', 'Finance manager'), ('Auditor', 'Auditor'), ('Administrator', 'Administrator')], max_length=30), blank=True, null=True, size=None)),
                ('sla', models.DurationField(blank=True, help_text='00:00:00 means no limit.', null=True)),
                ('case_step_config', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.casestepconfig', verbose_name='step')),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'db_table': 'case_step_overrides',
            },
        ),
        migrations.CreateModel(
            name='CaseStepOverrideHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('id', models.BigIntegerField()),
                ('groups', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('Cashier', 'Cashier'), ('Finance manager', 'Finance manager'), ('Auditor', 'Auditor'), ('Administrator', 'Administrator')], max_length=30), blank=True, null=True, size=None)),
                ('sla', models.DurationField(blank=True, help_text='00:00:00 means no limit.', null=True)),
                ('case_step_config', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='cases.casestepconfig', verbose_name='step')),
                ('company', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.company')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='cases.casestepoverride')),
            ],
            options={
                'verbose_name': 'history of case step overrides',
                'db_table': 'case_step_overrides_history',
                'ordering': ('-pgh_id',),
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='CaseTransition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trigger', models.CharField(help_text="A step's id, an action, or a name that an app fires.", max_length=60)),
                ('who', models.CharField(blank=True, max_length=200)),
                ('guards', models.CharField(blank=True, max_length=300)),
                ('effect', models.CharField(blank=True, max_length=300)),
                ('is_active', models.BooleanField(default=True)),
                ('from_state', models.ForeignKey(db_column='from_state', db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.casestate')),
                ('to_state', models.ForeignKey(db_column='to_state', db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.casestate')),
                ('case_type', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='transitions', to='cases.casetype')),
            ],
            options={
                'db_table': 'case_transitions',
                'ordering': ('case_type', 'id'),
            },
        ),
        migrations.AddField(
            model_name='casestep',
            name='case_type',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='cases.casetype'),
        ),
        migrations.CreateModel(
            name='CaseEntity',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('entity', models.CharField(max_length=60)),
                ('entity_id', models.CharField(max_length=60)),
                ('url', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('case', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='entities', to='cases.case')),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
            ],
            options={
                'verbose_name_plural': 'case entities',
                'db_table': 'case_entities',
                'ordering': ('id',),
                'indexes': [models.Index(fields=['company', 'case', 'id'], name='case_entity_case')],
                'constraints': [batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='case_entity_primary_key'), batconnect.core.database.constraints.CompanyIsolation(name='case_entity_company'), batconnect.core.database.constraints.SameCompany(field='case', name='case_entity_case_key'), batconnect.core.database.constraints.AppendOnly(name='case_entity_append_only'), models.UniqueConstraint(fields=('company', 'entity', 'entity_id'), name='case_entity_once')],
            },
        ),
        migrations.CreateModel(
            name='CaseEvent',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('kind', models.CharField(choices=[('created', 'Created'), ('step', 'Step'), ('hold', 'Put on hold'), ('release', 'Released'), ('cancel', 'Cancelled'), ('reassign', 'Reassigned'), ('escalate', 'Escalated'), ('move', 'Moved'), ('note', 'Noted')], max_length=10)),
                ('step_id', models.CharField(blank=True, max_length=60)),
                ('trigger', models.CharField(blank=True, max_length=60)),
                ('from_state', models.CharField(blank=True, max_length=20)),
                ('to_state', models.CharField(blank=True, max_length=20)),
                ('actor', models.CharField(help_text="The person's name, or the job's.", max_length=150)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('payload', models.JSONField(decoder=batconnect.core.kernel.money.ExactDecoder, default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, help_text='Amounts are numbers with their two decimals.')),
                ('created', models.JSONField(default=list, encoder=django.core.serializers.json.DjangoJSONEncoder, help_text='What the event created.')),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('case', batconnect.core.database.keys.TenantKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='cases.case')),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('user', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'case_events',
                'ordering': ('id',),
                'indexes': [models.Index(fields=['company', 'case', 'id'], name='case_event_case')],
                'constraints': [batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='case_event_primary_key'), batconnect.core.database.constraints.CompanyIsolation(name='case_event_company'), batconnect.core.database.constraints.SameCompany(field='case', name='case_event_case_key'), batconnect.core.database.constraints.AppendOnly(name='case_event_append_only')],
            },
        ),
        migrations.AddConstraint(
            model_name='casestepconfig',
            constraint=models.CheckConstraint(condition=models.Q(('groups__contained_by', ['Cashier', 'Finance manager', 'Auditor', 'Administrator'])), name='case_step_config_groups'),
        ),
        migrations.AddConstraint(
            model_name='casestepconfig',
            constraint=models.CheckConstraint(condition=models.Q(('operation__in', ['fetch', 'process'])), name='case_step_config_operation'),
        ),
        migrations.AddConstraint(
            model_name='casestepconfigpath',
            constraint=models.UniqueConstraint(fields=('case_step_config', 'path'), name='case_step_config_path'),
        ),
        migrations.AddConstraint(
            model_name='casestepconfigpath',
            constraint=models.UniqueConstraint(condition=models.Q(('is_active', True)), fields=('case_step_config',), name='case_step_config_one_active_path'),
        ),
        migrations.AddConstraint(
            model_name='casestepoverride',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='case_step_override_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='casestepoverride',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='case_step_override_company'),
        ),
        migrations.AddConstraint(
            model_name='casestepoverride',
            constraint=models.UniqueConstraint(fields=('company', 'case_step_config'), name='case_step_override_once'),
        ),
        migrations.AddConstraint(
            model_name='casestepoverride',
            constraint=models.CheckConstraint(condition=models.Q(('groups__isnull', True), ('groups__contained_by', ['Cashier', 'Finance manager', 'Auditor', 'Administrator']), _connector='OR'), name='case_step_override_groups'),
        ),
        migrations.AddConstraint(
            model_name='casestepoverride',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body='if tg_op = \'DELETE\' then here := old; else here := new; end if; if tg_op = \'UPDATE\' and old is not distinct from new then return null; end if; insert into "case_step_overrides_history" ("id", "company_id", "case_step_config_id", "groups", "sla", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) values (here."id", here."company_id", here."case_step_config_id", here."groups", here."sla", now(), lower(tg_op), here."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb); return null;', declare='here record;', event='after insert or update or delete', name='case_step_override_history_kept'),
        ),
        migrations.AddIndex(
            model_name='casestepoverridehistory',
            index=models.Index(fields=['company', 'pgh_obj', 'pgh_id'], name='case_step_override_history_row'),
        ),
        migrations.AddConstraint(
            model_name='casestepoverridehistory',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'pgh_id'), name='case_step_override_history_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='casestepoverridehistory',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='case_step_override_history_company'),
        ),
        migrations.AddConstraint(
            model_name='casestepoverridehistory',
            constraint=batconnect.core.database.constraints.AppendOnly(name='case_step_override_history_append_only'),
        ),
        migrations.AddConstraint(
            model_name='casestepoverridehistory',
            constraint=batconnect.core.database.constraints.WrittenByTriggers(name='case_step_override_history_by_trigger'),
        ),
        migrations.AddConstraint(
            model_name='casetransition',
            constraint=models.UniqueConstraint(fields=('case_type', 'from_state', 'trigger', 'to_state'), name='case_transition_row'),
        ),
        migrations.AddConstraint(
            model_name='casetransition',
            constraint=models.UniqueConstraint(condition=models.Q(('is_active', True), models.Q(('trigger', 'release'), _negated=True)), fields=('case_type', 'from_state', 'trigger'), name='case_transition_one_target'),
        ),
        migrations.AddConstraint(
            model_name='casestep',
            constraint=models.UniqueConstraint(fields=('case_type', 'name'), name='case_step_name'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['company', 'current_step', 'action_due_on', 'id'], name='case_basket'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('action_due_on__isnull', False), ('closed_at__isnull', True), ('escalated_at__isnull', True)), fields=['company', 'action_due_on'], name='case_to_escalate'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['company', 'action_due_on', 'id'], name='case_by_limit'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['company', 'case_type', 'id'], name='case_by_type'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['company', 'state', 'id'], name='case_by_state'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=batconnect.core.database.constraints.TenantPrimaryKey(columns=('company_id', 'id'), name='case_primary_key'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=batconnect.core.database.constraints.CompanyIsolation(name='case_company'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.UniqueConstraint(fields=('company', 'case_no'), name='case_number', opclasses=['uuid_ops', 'text_pattern_ops']),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['Open', 'In Progress', 'On Hold', 'Closed', 'Cancelled'])), name='case_known_state'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'On Hold'), ('state_before_hold__in', ['Open', 'In Progress'])), models.Q(models.Q(('state', 'On Hold'), _negated=True), ('state_before_hold', '')), _connector='OR'), name='case_held_from'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['Cancelled', 'Closed']), ('closed_at__isnull', False)), models.Q(models.Q(('state__in', ['Cancelled', 'Closed']), _negated=True), ('closed_at__isnull', True)), _connector='OR'), name='case_closed_at'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body="\nif tg_op = 'DELETE' then\n  raise exception 'case % is kept forever', old.case_no using errcode = 'restrict_violation';\nend if;\nif tg_op = 'INSERT' then\n  if new.state <> 'Open' then\n    raise exception 'a case begins Open, not %', new.state using errcode = 'check_violation';\n  end if;\n  return new;\nend if;\nif (new.id, new.company_id, new.case_type_id, new.case_no, new.created_on)\n   is distinct from (old.id, old.company_id, old.case_type_id, old.case_no, old.created_on) then\n  raise exception 'case % keeps its type, number and beginning', old.case_no\n    using errcode = 'restrict_violation';\nend if;\nif new.state = old.state then\n  if old.closed_at is not null then\n    raise exception 'case % is %: it no longer changes', old.case_no, old.state\n      using errcode = 'restrict_violation';\n  end if;\n  return new;\nend if;\nif not exists (\n  select 1 from case_transitions t\n  where t.case_type_id = old.case_type_id and t.from_state = old.state and t.to_state = new.state\n    and t.is_active\n    and (t.trigger <> 'release' or old.state_before_hold = new.state)\n    and (t.trigger <> 'hold' or new.state_before_hold = old.state)\n) then\n  raise exception 'case %: no transition from % to %', old.case_no, old.state, new.state\n    using errcode = 'check_violation';\nend if;\nreturn new;\n", event='before insert or update or delete', name='case_legal_change'),
        ),
    ]
