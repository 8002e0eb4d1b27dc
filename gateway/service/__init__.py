"""What the gateway does, over the core's ports; knows no HTTP framework and no Redis."""
