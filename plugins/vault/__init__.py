"""The connector: what the CRM puts in a client's vault, and what it reads from there, by the vault protocol."""
