"""Upstream pages through the cache: fresh, stale, one call for all who want the same."""
