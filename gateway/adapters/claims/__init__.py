"""What a file claims to be, held against its bytes before a decoder believes it."""
