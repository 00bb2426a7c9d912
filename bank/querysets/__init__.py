"""Reads of the bank's word and of the counter's day; they write nothing."""
