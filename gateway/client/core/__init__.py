"""What the client asks and what it makes of answers: no I/O, so both shells share it."""
