"""Soort documenten beheer: what an office asks for, why it sends a document back, which list fits which client."""
