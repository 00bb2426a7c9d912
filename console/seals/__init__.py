"""The page of seals: how far the books are sealed, and what an auditor takes away."""
