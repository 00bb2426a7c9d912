"""Whether the suite notices a mistake: small changes to the modules that move money, each tried (docs/mutation.md)."""
