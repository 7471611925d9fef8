"""Finds how training read its images: from its source text, from arrays its code made, from labelled images."""
