"""How bank accounts stand, and the desk where lines of statements are explained (docs/console.md#bank)."""
