"""What tests ask of a sandbox: faults, delays, tasks, and the count of its calls."""
