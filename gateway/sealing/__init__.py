"""Keys derived from a signing key, and digests."""
