"""Batch prediction jobs of the local target: objects of a bucket in, result objects out."""
