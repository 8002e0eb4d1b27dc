"""What every request passes: key, limits, CORS, compression, log, draining."""
