"""`make proof`: the real thing under faults, races, hostile input and strangers, held against a model of its own."""
