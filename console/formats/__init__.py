"""How the pages write what they show, by language."""
