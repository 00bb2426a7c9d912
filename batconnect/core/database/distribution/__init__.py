"""PostgreSQL distributed by company with Citus (docs/scale-distributed.md): nothing of it runs on one server alone."""
