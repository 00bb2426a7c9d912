"""What an agency's record says, by its layout: pure functions over values (docs/domain.md#agency-files)."""
