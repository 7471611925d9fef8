"""GraphDefs rewritten without changing what they compute: the layout of images, transposes, functions."""
