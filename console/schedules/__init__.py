"""The board of schedules: when each job ran and runs next, with what result, and running it now."""
