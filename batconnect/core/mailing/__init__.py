"""Documents by mail: asked for by a person, kept as rows, sent by a worker (docs/domain.md#outgoing-mail)."""
