"""How the nouns of payments are written as JSON, and what their bodies hold."""
