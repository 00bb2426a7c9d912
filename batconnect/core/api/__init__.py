"""The conventions that all HTTP endpoints share: sign-in, company, JSON, errors, lists, exports, repeatable writes."""
