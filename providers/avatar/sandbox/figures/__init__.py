"""Draws the person that a task describes; nothing here knows the server."""
