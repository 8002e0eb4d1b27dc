"""Hyper3D: the gallery of generated 3D models, panoramas and faces."""

from providers.hyper3d.plugin import PLUGIN

__all__ = ["PLUGIN"]
