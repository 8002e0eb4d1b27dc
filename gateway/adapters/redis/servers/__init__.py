"""Which servers a Redis has, and which of them is asked: one, a cluster, sentinels."""
