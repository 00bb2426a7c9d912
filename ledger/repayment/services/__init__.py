"""The verbs that loans and repairs share."""
