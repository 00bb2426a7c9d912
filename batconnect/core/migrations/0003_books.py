"""What companies decide about corrections, the weekly settlement, and their books."""

import batconnect.core.database.constraints
import batconnect.core.kernel.money
import django.core.validators
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0002_rules_on_library_tables'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='companysettings',
            name='company_settings_history_kept',
        ),
        migrations.AddField(
            model_name='companysettings',
            name='check_hold_days',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='A payment by check is refunded only when this many days have passed since its date.', verbose_name='days a check is held'),
        ),
        migrations.AddField(
            model_name='companysettings',
            name='claims_tax_on_bad_debt',
            field=models.BooleanField(db_default=False, default=False, help_text='The sales tax in an invoice that is written off lessens the tax that is payable.', verbose_name='claims sales tax on bad debt'),
        ),
        migrations.AddField(
            model_name='companysettings',
            name='credit_memo_approval_limit',
            field=batconnect.core.kernel.money.MoneyField(db_default=Decimal('1000.00'), default=Decimal('1000.00'), help_text='Above it a second person approves.', validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='limit for credit memos'),
        ),
        migrations.AddField(
            model_name='companysettings',
            name='interest_cap_percent',
            field=models.DecimalField(db_default=Decimal('16'), decimal_places=2, default=Decimal('16'), help_text='Percent a year; a loan above it needs a reason.', max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='highest interest rate'),
        ),
        migrations.AddField(
            model_name='companysettings',
            name='least_payout',
            field=batconnect.core.kernel.money.MoneyField(db_default=Decimal('0.00'), default=Decimal('0.00'), help_text="What a driver is paid of the week's gross in any case, as far as the gross reaches.", validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='least weekly payout'),
        ),
        migrations.AddField(
            model_name='companysettings',
            name='manual_entry_approval_limit',
            field=batconnect.core.kernel.money.MoneyField(db_default=Decimal('1000.00'), default=Decimal('1000.00'), help_text='Above it a second person approves.', validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='limit for manual journal entries'),
        ),
        migrations.AddField(
            model_name='companysettings',
            name='max_kept_percent',
            field=models.DecimalField(db_default=Decimal('100'), decimal_places=2, default=Decimal('100'), help_text="Percent of a week's gross that may be kept for what the driver owes.", max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='highest part kept'),
        ),
        migrations.AddField(
            model_name='companysettings',
            name='nets_leases',
            field=models.BooleanField(db_default=False, default=False, help_text='What a driver earned on one lease pays what the same driver owes on another.', verbose_name="nets a driver's leases"),
        ),
        migrations.AddField(
            model_name='companysettings',
            name='oldest_bookable_days',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Payments and charges are dated at most this many days back; empty: as far as the books are open.', null=True),
        ),
        migrations.AddField(
            model_name='companysettings',
            name='posts_agency_bills',
            field=models.BooleanField(db_default=False, default=False, help_text="Importing an agency's file of charges posts the agency's bill for all of its rows.", verbose_name="posts agencies' bills"),
        ),
        migrations.AddField(
            model_name='companysettingshistory',
            name='check_hold_days',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='A payment by check is refunded only when this many days have passed since its date.', verbose_name='days a check is held'),
        ),
        migrations.AddField(
            model_name='companysettingshistory',
            name='claims_tax_on_bad_debt',
            field=models.BooleanField(db_default=False, default=False, help_text='The sales tax in an invoice that is written off lessens the tax that is payable.', verbose_name='claims sales tax on bad debt'),
        ),
        migrations.AddField(
            model_name='companysettingshistory',
            name='credit_memo_approval_limit',
            field=batconnect.core.kernel.money.MoneyField(db_default=Decimal('1000.00'), default=Decimal('1000.00'), help_text='Above it a second person approves.', validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='limit for credit memos'),
        ),
        migrations.AddField(
            model_name='companysettingshistory',
            name='interest_cap_percent',
            field=models.DecimalField(db_default=Decimal('16'), decimal_places=2, default=Decimal('16'), help_text='Percent a year; a loan above it needs a reason.', max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='highest interest rate'),
        ),
        migrations.AddField(
            model_name='companysettingshistory',
            name='least_payout',
            field=batconnect.core.kernel.money.MoneyField(db_default=Decimal('0.00'), default=Decimal('0.00'), help_text="What a driver is paid of the week's gross in any case, as far as the gross reaches.", validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='least weekly payout'),
        ),
        migrations.AddField(
            model_name='companysettingshistory',
            name='manual_entry_approval_limit',
            field=batconnect.core.kernel.money.MoneyField(db_default=Decimal('1000.00'), default=Decimal('1000.00'), help_text='Above it a second person approves.', validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='limit for manual journal entries'),
        ),
        migrations.AddField(
            model_name='companysettingshistory',
            name='max_kept_percent',
            field=models.DecimalField(db_default=Decimal('100'), decimal_places=2, default=Decimal('100'), help_text="Percent of a week's gross that may be kept for what the driver owes.", max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='highest part kept'),
        ),
        migrations.AddField(
            model_name='companysettingshistory',
            name='nets_leases',
            field=models.BooleanField(db_default=False, default=False, help_text='What a driver earned on one lease pays what the same driver owes on another.', verbose_name="nets a driver's leases"),
        ),
        migrations.AddField(
            model_name='companysettingshistory',
            name='oldest_bookable_days',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Payments and charges are dated at most this many days back; empty: as far as the books are open.', null=True),
        ),
        migrations.AddField(
            model_name='companysettingshistory',
            name='posts_agency_bills',
            field=models.BooleanField(db_default=False, default=False, help_text="Importing an agency's file of charges posts the agency's bill for all of its rows.", verbose_name="posts agencies' bills"),
        ),
        migrations.AddConstraint(
            model_name='companysettings',
            constraint=models.CheckConstraint(condition=models.Q(('interest_cap_percent__range', (0, 100)), ('least_payout__gte', 0), ('max_kept_percent__range', (0, 100))), name='company_settings_within', violation_error_message='Percentages are 0 to 100, and amounts are not negative.'),
        ),
        migrations.AddConstraint(
            model_name='companysettings',
            constraint=batconnect.core.database.constraints.Trigger(after_table='for each row', body='if tg_op = \'DELETE\' then here := old; else here := new; end if; if tg_op = \'UPDATE\' and old is not distinct from new then return null; end if; insert into "company_settings_history" ("id", "company_id", "legal_name", "address", "phone", "email", "logo", "brand_colour", "closed_until", "settles_from", "back_dating_days", "refund_approval_limit", "write_off_approval_limit", "void_approval_limit", "payout_approval_limit", "loan_approval_limit", "credit_memo_approval_limit", "manual_entry_approval_limit", "longest_schedule", "interest_cap_percent", "least_payout", "max_kept_percent", "nets_leases", "check_hold_days", "oldest_bookable_days", "claims_tax_on_bad_debt", "posts_agency_bills", pgh_created_at, pgh_label, pgh_obj_id, pgh_context) values (here."id", here."company_id", here."legal_name", here."address", here."phone", here."email", here."logo", here."brand_colour", here."closed_until", here."settles_from", here."back_dating_days", here."refund_approval_limit", here."write_off_approval_limit", here."void_approval_limit", here."payout_approval_limit", here."loan_approval_limit", here."credit_memo_approval_limit", here."manual_entry_approval_limit", here."longest_schedule", here."interest_cap_percent", here."least_payout", here."max_kept_percent", here."nets_leases", here."check_hold_days", here."oldest_bookable_days", here."claims_tax_on_bad_debt", here."posts_agency_bills", now(), lower(tg_op), here."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb); return null;', declare='here record;', event='after insert or update or delete', name='company_settings_history_kept'),
        ),
    ]
