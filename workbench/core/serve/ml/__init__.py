"""The API `ml` v1 (ML Engine): models, versions, operations, jobs and online prediction."""
