"""The gate's report as files: a page, JSON with its pictures, JUnit XML, and the JSON's schema."""
