"""The Cloud Storage half: buckets, objects, uploads and downloads of the JSON API v1."""
