"""The verbs of the weekly settlement."""
