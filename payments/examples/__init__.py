"""The examples of /docs, one module for each noun; tests hold them against real answers."""
