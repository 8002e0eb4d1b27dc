"""Redis: the store, the connection to it, news over pub/sub."""
