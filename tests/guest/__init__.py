"""A guest that answers every question the house asks."""
