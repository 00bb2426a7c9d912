"""The actions of the weekly settlement."""
