"""The `ml` v1 half: models, versions, operations, jobs and online prediction."""
