"""Whether a deployment's crawls hold what they promise, as far as a caller can see."""
