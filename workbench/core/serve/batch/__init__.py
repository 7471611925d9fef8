"""Batch prediction, really run: objects of the bucket in, result objects out, job by job."""
