"""What the calls on the bank's word accept, and how its rows are printed."""
