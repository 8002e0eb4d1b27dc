"""Pages and files that stay the same for as long as a version runs."""
