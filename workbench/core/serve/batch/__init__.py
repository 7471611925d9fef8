"""Batch prediction jobs of the local target: objects of the bucket in, result objects out."""
