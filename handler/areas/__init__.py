"""Where on the Earth a raster's pixels lie, how large they are, and what classes cover there."""
