"""What a media link stands for: the file, its parts, its type, smaller pictures of it."""
