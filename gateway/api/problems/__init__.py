"""Errors as RFC 9457 problems: what each means, how it is told, what it comes of."""
