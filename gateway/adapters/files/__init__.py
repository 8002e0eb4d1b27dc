"""Files fetched from upstreams: from allowed addresses, streamed."""
