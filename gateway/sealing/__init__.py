"""Sealed text, keys derived from a signing key, and digests."""
