"""The `aiplatform` v1 half: models with versions and aliases, endpoints with a traffic split, nested operations."""
