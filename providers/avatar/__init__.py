"""Avatar: the gallery of one user's generated pictures and videos."""

from providers.avatar.plugin import PLUGIN

__all__ = ["PLUGIN"]
