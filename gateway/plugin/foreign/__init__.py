"""What comes from others, taken in: bytes decoded, texts cleaned, sheets."""
