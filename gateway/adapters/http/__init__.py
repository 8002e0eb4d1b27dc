"""Calls to upstreams over HTTP, and what they have in common with files."""
