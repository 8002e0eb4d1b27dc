"""What bytes and headers say of a file: its kind, its version, a range of it."""
