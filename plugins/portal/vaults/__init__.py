"""Vaults: what the CRM put in each, sealed with a key of its own."""
