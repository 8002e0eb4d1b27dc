"""The gallery from a terminal: `ls`, `run` and `verify`, callers of a gateway like any other."""
