"""The actions that loans and repairs share."""
