"""The OpenAPI 3.1 document that describes what the routes take and give."""
