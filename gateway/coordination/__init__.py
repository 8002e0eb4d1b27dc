"""What replicas agree on: leases, generations, validity."""
