"""What replicas agree on: keys, leases, generations, validity."""
