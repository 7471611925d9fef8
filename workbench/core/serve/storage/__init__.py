"""Cloud Storage of the local target: buckets, objects, uploads and downloads of the JSON API v1."""
