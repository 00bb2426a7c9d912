"""Answer Prometheus about the books: a process of its own, so that nobody who works waits for it."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

import structlog
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection

from batconnect.core.jobs.figures import BEAT_LAG, declared_figures, measure_figures

_log = structlog.stdlib.get_logger("batconnect.job")


class Command(BaseCommand):
    help = (
        "Measure what of the books somebody must hear of, over all companies, and answer Prometheus on --port; "
        "--once prints it instead (docs/operations.md#watching)."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=9808)
        parser.add_argument("--address", default="127.0.0.1", help="the address to listen on")
        parser.add_argument("--every", type=int, default=30, help="seconds between two measurements")
        parser.add_argument("--once", action="store_true", help="measure once and print")

    def handle(self, *args: Any, **options: Any) -> None:
        from prometheus_client import CollectorRegistry, Gauge, generate_latest, start_http_server

        registry = CollectorRegistry()
        helps = {figure.name: figure.help for figure in declared_figures()} | {
            BEAT_LAG: "Seconds since beat last sent anything; it sends something every minute."
        }
        gauges = {name: Gauge(f"batconnect_{name}", text, registry=registry) for name, text in helps.items()}
        measured_at = Gauge(
            "batconnect_figures_measured_timestamp_seconds",
            "When these figures were last measured.",
            registry=registry,
        )
        if not options["once"]:
            start_http_server(options["port"], addr=options["address"], registry=registry)
        while True:
            try:
                for name, value in measure_figures().items():
                    gauges[name].set(value)
                measured_at.set_to_current_time()
            except DatabaseError as error:
                if options["once"]:
                    raise
                _log.warning("figures_not_measured", error=type(error).__name__)
                connection.close()
            if options["once"]:
                self.stdout.write(generate_latest(registry).decode())
                return
            time.sleep(options["every"])
            connection.close_if_unusable_or_obsolete()
