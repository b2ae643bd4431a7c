"""Stukken: what is asked of a client in a dossier, what came in for it, and what was thought of that."""
