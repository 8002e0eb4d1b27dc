"""The server's processes: listening, workers, draining, memory."""
