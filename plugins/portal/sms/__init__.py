"""SMS: text messages to clients."""
