"""Which fields each kind of file has, and by which headings agencies call them (docs/domain.md#agency-layouts)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

TRIPS: Final = "trips"
TOLLS: Final = "tolls"
VIOLATIONS: Final = "violations"
SUMMONSES: Final = "summonses"
KINDS: Final = (TRIPS, TOLLS, VIOLATIONS, SUMMONSES)
CATEGORIES: Final[Mapping[str, str]] = {TOLLS: "EZPASS", VIOLATIONS: "PVB", SUMMONSES: "TLC"}
"""The category of what a row of a kind is charged as; trips are earned."""
SURCHARGES: Final = ("state_surcharge", "city_surcharge", "congestion_surcharge", "airport_fee")
"""Of trips: what is held for an authority."""
FARES: Final = ("fare", "tip", "trip_tolls", "extras")


@dataclass(frozen=True, slots=True)
class Field:
    """What a column may hold: its words for people, and folded headings by which it is proposed."""

    label: str
    headings: tuple[str, ...]


_NAMED: Final[dict[str, Field]] = {
    "plate": Field(
        "plate",
        ("plate", "plate_number", "plate_no", "license_plate", "plate_id", "plate_#"),
    ),
    "plate_state": Field("state of the plate", ("state", "plate_state", "registration_state", "st")),
    "medallion": Field(
        "medallion or cab number",
        (
            "medallion",
            "medallion_number",
            "medallion_no",
            "cab",
            "cab_number",
            "cab_no",
            "cab_#",
            "hack_number",
        ),
    ),
    "license": Field(
        "TLC license of the driver",
        (
            *(
                "driver",
                "driver_id",
                "driver_license",
                "hack_license",
                "hack_lic",
                "tlc_license",
                "license_number",
            ),
            *("hack_#", "driver_#", "respondent_license", "license_no", "tlc_license_number", "hack"),
        ),
    ),
    "description": Field(
        "what it was for",
        ("description", "violation", "violation_description", "charge", "charge_description", "activity"),
    ),
    "due_date": Field("due date", ("due_date", "payment_due_date", "pay_by", "due_on")),
    "place": Field("place", ("place", "location", "street", "county", "violation_location")),
}
_CHARGED: Final[dict[str, Field]] = {
    "reference": Field(
        "number of the summons",
        (
            *("summons_number", "summons", "summons_no", "summons_#", "violation_number", "ticket_number"),
            *("ticket_no", "ticket", "ticket_#", "notice_number"),
        ),
    ),
    "date": Field(
        "date", ("issue_date", "violation_date", "date", "date_issued", "summons_date", "occurrence_date")
    ),
    "time": Field("time", ("violation_time", "issue_time", "time", "occurrence_time")),
    "fine": Field(
        "fine",
        (
            "fine_amount",
            "fine",
            "amount",
            "penalty_imposed",
            "total_violation_amount",
            "violation_amount",
            "summons_amount",
        ),
    ),
    "penalty": Field(
        "penalty",
        (
            "penalty_amount",
            "penalty",
            "late_fee",
            "late_fees",
            "additional_penalties_or_late_fees",
            "additional_penalties",
        ),
    ),
    "interest": Field("interest", ("interest_amount", "interest")),
    "reduction": Field("reduction", ("reduction_amount", "reduction", "dismissed_amount", "adjustment")),
}
FIELDS: Final[Mapping[str, Mapping[str, Field]]] = {
    TRIPS: {
        "reference": Field(
            "number of the trip",
            ("trip_number", "trip_no", "trip_id", "trip_#", "trip", "transaction_id", "record_id", "ride_id"),
        ),
        "license": _NAMED["license"],
        "medallion": _NAMED["medallion"],
        "plate": _NAMED["plate"],
        "start": Field(
            "start of the trip",
            (
                *(
                    "trip_start",
                    "start_date_time",
                    "trip_start_date_time",
                    "pickup_datetime",
                    "pick_up_date_time",
                ),
                *(
                    "tpep_pickup_datetime",
                    "start",
                    "trip_start_time",
                    "pickup",
                    "pu_date_time",
                    "start_date",
                    "trip_date",
                ),
            ),
        ),
        "start_time": Field("time of the start", ("start_time", "pickup_time", "pu_time")),
        "end": Field(
            "end of the trip",
            (
                *(
                    "trip_end",
                    "end_date_time",
                    "trip_end_date_time",
                    "dropoff_datetime",
                    "drop_off_date_time",
                ),
                *("tpep_dropoff_datetime", "end", "trip_end_time", "dropoff", "do_date_time", "end_date"),
            ),
        ),
        "end_time": Field("time of the end", ("end_time", "dropoff_time", "do_time")),
        "payment_type": Field(
            "way of payment", ("payment_type", "pay_type", "payment", "tender", "payment_method")
        ),
        "fare": Field("fare", ("fare", "fare_amount", "trip_fare", "metered_fare", "fare_amt")),
        "tip": Field("tip", ("tip", "tip_amount", "tips", "gratuity", "tip_amt")),
        "trip_tolls": Field("tolls", ("tolls", "tolls_amount", "toll", "toll_amount", "tolls_amt")),
        "extras": Field(
            "extras", ("extras", "extra", "extra_amount", "surcharge", "night_surcharge", "extras_amount")
        ),
        "state_surcharge": Field(
            "state surcharge", ("mta_tax", "mta_surcharge", "state_surcharge", "mta", "tax", "tax_amount")
        ),
        "city_surcharge": Field(
            "city surcharge",
            (
                "improvement_surcharge",
                "tif",
                "taxi_improvement_fund",
                "improvement",
                "city_surcharge",
                "tif_surcharge",
            ),
        ),
        "congestion_surcharge": Field(
            "congestion surcharge",
            ("congestion_surcharge", "congestion_fee", "congestion", "cbd_congestion_fee"),
        ),
        "airport_fee": Field("airport fee", ("airport_fee", "airport_access_fee", "airport")),
        "total": Field("total", ("total", "total_amount", "trip_total", "total_amt", "total_fare")),
        "fee": Field(
            "fee of the processor",
            ("fee", "fees", "card_fee", "credit_card_fee", "processing_fee", "transaction_fee", "cc_fee"),
        ),
    },
    TOLLS: {
        "reference": Field(
            "number of the toll",
            (
                *(
                    "transaction_id",
                    "lane_txn_id",
                    "transaction_number",
                    "transaction_no",
                    "txn_id",
                    "toll_id",
                ),
                *("reference", "reference_number", "posting_id"),
            ),
        ),
        "date": Field(
            "date of the toll",
            (
                "transaction_date",
                "transaction_date_time",
                "date",
                "toll_date",
                "exit_date",
                "txn_date",
                "tran_date",
            ),
        ),
        "time": Field("exit time", ("exit_time", "transaction_time", "time", "toll_time", "txn_time")),
        "entry_time": Field("entry time", ("entry_time",)),
        "tag": Field("tag", ("tag", "tag_number", "tag_no", "transponder", "tag_id", "e_zpass_tag", "tag_#")),
        "tag_or_plate": Field(
            "tag or plate",
            ("tag/plate_number", "tag/plate_#", "tag/plate", "tag_plate", "tag_or_plate", "tag/plate_no"),
        ),
        "plate": _NAMED["plate"],
        "plate_state": _NAMED["plate_state"],
        "agency": Field("agency of the facility", ("agency", "toll_agency", "issuing_agency", "authority")),
        "entry_place": Field(
            "entry", ("entry_plaza", "entry", "entry_place", "entry_facility", "entry_point")
        ),
        "place": Field(
            "exit", ("exit_plaza", "plaza/facility", "plaza", "exit", "facility", "exit_facility", "location")
        ),
        "description": _NAMED["description"],
        "amount": Field(
            "amount", ("amount", "toll_amount", "toll", "charge_amount", "amount_charged", "amount_due")
        ),
        "due_date": _NAMED["due_date"],
    },
    VIOLATIONS: {
        **_CHARGED,
        **{name: _NAMED[name] for name in ("plate", "plate_state", "description", "place", "due_date")},
    },
    SUMMONSES: {
        **_CHARGED,
        **{
            name: _NAMED[name]
            for name in ("license", "medallion", "plate", "plate_state", "description", "place", "due_date")
        },
    },
}
NEEDED: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    TRIPS: (("start",), ("fare",), ("medallion", "plate", "license")),
    TOLLS: (("date",), ("amount",), ("tag", "plate", "tag_or_plate")),
    VIOLATIONS: (("reference",), ("date",), ("plate",), ("fine",)),
    SUMMONSES: (("reference",), ("date",), ("license", "medallion", "plate"), ("fine",)),
}
"""Of each kind: the fields without which a layout says too little; of each group one."""
