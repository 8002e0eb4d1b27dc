"""Metrics: counted in each worker, summed up and served by the main process."""
