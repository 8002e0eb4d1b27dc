"""Makes a short MP4 of a picture without a codec's library.

It shows the picture exactly, since H.264 may carry a block's plain samples, and moves
it by motion vectors, which cost a few bits each.
"""
