"""Finds how training read its images: from its source code, from arrays that it recorded, or from labelled images."""
