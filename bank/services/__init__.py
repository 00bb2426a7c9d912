"""The actions of the bank's word."""
