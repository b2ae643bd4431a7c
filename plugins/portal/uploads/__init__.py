"""Uploads: what clients send, sealed as it comes in."""
