"""The sandboxes' pictures, painted from a key."""
