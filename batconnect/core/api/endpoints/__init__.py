"""The floor's own endpoints: tokens, who am I, reference lists, health, documentation."""
