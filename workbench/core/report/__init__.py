"""The gate's report as files: a page, JSON with its images, JUnit XML, and the JSON's schema."""
