"""Persons the office knows, their households, and who they are doubles of."""
