"""The upstream services, one folder each; `gateway` finds them by entry point."""
