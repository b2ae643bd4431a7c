"""Incoming requests (serviceaanvragen): the public form, the queue, and turning one into a client."""
