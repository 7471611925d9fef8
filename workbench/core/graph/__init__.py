"""Rewrites GraphDefs without changing what they compute: image layout, transposes, functions."""
