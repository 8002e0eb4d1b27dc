"""How work shares the event loop: threads for what takes long, bounds by key."""
