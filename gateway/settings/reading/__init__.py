"""From files to values: TOML, references, types; every fault with its place."""
