"""Users, vestigingen, roles, logging in."""
