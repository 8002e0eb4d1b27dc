"""What a caller sees of an item: its assets, its media links, its file names."""
