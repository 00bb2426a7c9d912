import batconnect.core.constraints
import batconnect.core.ids
import batconnect.core.money
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0001_initial'),
        ('core', '__first__'),
        ('ledger', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='RepaymentMatrix',
            fields=[
                ('id', models.UUIDField(default=batconnect.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(editable=False)),
                ('effective_from', models.DateField(help_text='The first day whose new schedules follow it.')),
                ('actor', models.CharField(editable=False, max_length=150, verbose_name='made by')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('created_by', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'repayment matrices',
                'db_table': 'repayment_matrices',
                'ordering': ('-version',),
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='repayment_matrix_company'), batconnect.core.constraints.AppendOnly(name='repayment_matrix_append_only'), models.UniqueConstraint(fields=('company', 'version'), name='repayment_matrix_version'), models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='repayment_matrix_version_positive')],
            },
        ),
        migrations.CreateModel(
            name='RepaymentBand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('above', batconnect.core.money.MoneyField()),
                ('up_to', batconnect.core.money.MoneyField(blank=True, help_text='Empty for the last band: no upper end.', null=True)),
                ('weekly_principal', batconnect.core.money.MoneyField(blank=True, help_text='Empty: all at once.', null=True)),
                ('company', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.company')),
                ('matrix', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='bands', to='ledger.repaymentmatrix')),
            ],
            options={
                'db_table': 'repayment_bands',
                'ordering': ('matrix', 'position'),
                'constraints': [batconnect.core.constraints.CompanyIsolation(name='repayment_band_company'), batconnect.core.constraints.SameCompany(field='matrix', name='repayment_band_matrix_key'), batconnect.core.constraints.AppendOnly(name='repayment_band_append_only'), batconnect.core.constraints.Trigger(after_table='referencing new table as added for each statement', body="select string_agg(distinct matrix_id::text, ', ') into wrong from ( select matrix_id, position, above, up_to, lag(up_to) over w as ended, row_number() over w as place, count(*) over m as bands from added window w as (partition by company_id, matrix_id order by position), m as (partition by company_id, matrix_id)) b where position <> place or (position = 1 and above <> 0) or (position > 1 and above is distinct from ended) or (up_to is null) <> (position = bands); if wrong is not null then raise exception 'the bands of matrix % leave a gap, overlap or end', wrong using errcode = 'check_violation'; end if; return null;", declare='wrong text;', event='after insert', name='repayment_band_fits'), models.UniqueConstraint(fields=('company', 'matrix', 'position'), name='repayment_band_position'), models.CheckConstraint(condition=models.Q(('above__gte', 0), models.Q(('up_to__isnull', True), ('up_to__gt', models.F('above')), _connector='OR')), name='repayment_band_is_a_range'), models.CheckConstraint(condition=models.Q(('weekly_principal__isnull', True), ('weekly_principal__gt', 0), _connector='OR'), name='repayment_band_repays')],
            },
        ),
        migrations.AddConstraint(
            model_name='repaymentmatrix',
            constraint=models.UniqueConstraint(fields=('company', 'id'), name='repayment_matrix_company_id'),
        ),
    ]
