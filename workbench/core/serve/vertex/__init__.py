"""The API `aiplatform` v1 (Vertex AI): models with versions and aliases, endpoints with a traffic split, operations."""
