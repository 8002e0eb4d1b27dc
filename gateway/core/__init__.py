"""What the gateway decides, as pure functions and values: no I/O, no framework."""
