"""Doors: how a client comes in: invitation, code, password, session."""
