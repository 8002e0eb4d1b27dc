"""What one may ask in a query: each route's table of parameters, read and described."""
