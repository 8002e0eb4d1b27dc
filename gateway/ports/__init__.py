"""What the rooms above need from outside, as protocols: stores, clock, metrics, tracing."""
