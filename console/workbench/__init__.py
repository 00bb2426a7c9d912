"""The allocation workbench: what a payment could be applied to, compared, previewed, applied and undone; and what
waits for a second person."""
