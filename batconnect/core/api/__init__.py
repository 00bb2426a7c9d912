"""The conventions every HTTP door shares: sign-in, company, JSON, errors, lists, exports, repeatable writes."""
