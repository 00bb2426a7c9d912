"""The actions, one module for each noun."""
