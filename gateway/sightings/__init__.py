"""Where items were last seen, and which were deleted lately."""
