"""The public surface for providers' packages: items, queries, the plugin contract, decoding."""
