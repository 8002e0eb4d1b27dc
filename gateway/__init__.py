"""One gallery API over many image, video and 3D generation services."""
