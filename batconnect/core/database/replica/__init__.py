"""Reads from a streaming replica (DATABASE_REPLICA_URL): docs/operations.md#read-replica, ADR 91.

`base` is the connection, `lag` how far behind the replica is, `writers` who wrote a moment ago, `switch` how a thread
reads from it, `middleware` which requests do. Without the setting none of it is loaded but `switch`.
"""
