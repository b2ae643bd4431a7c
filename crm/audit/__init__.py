"""Who did what, in a chain that shows tampering; the history of any record."""
