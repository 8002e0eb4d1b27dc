"""A page of the gallery: all sources by a deadline, merged; one item; deletion."""
