"""Smaller pictures, drawn in processes of their own."""
