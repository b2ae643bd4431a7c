"""The start page: my tasks, today, talks that are not ready, new requests."""
