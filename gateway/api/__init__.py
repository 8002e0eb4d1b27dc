"""HTTP in: parse, call a service, return."""
