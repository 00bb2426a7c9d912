"""The board of schedules: when each job ran and runs next, what came of it, and running it now."""
