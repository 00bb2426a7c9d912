"""Operations on many rows: each one's page, and the list of them."""
