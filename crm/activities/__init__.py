"""Appointments, tasks and the agenda."""
