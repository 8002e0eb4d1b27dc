"""PiktID: the gallery of batch jobs and the pictures in them."""

from providers.piktid.plugin import PLUGIN

__all__ = ["PLUGIN"]
