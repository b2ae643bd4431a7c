"""Sleutel's house: every folder in it is a room, named after what an adviser talks about."""
