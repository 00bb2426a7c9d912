"""Reports: what the ledger says on a day or over a period, on screen and as files. One class a report."""
