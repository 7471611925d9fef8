"""Images to instances: JSON lines, numpy's files and TFRecords for prediction in bulk."""
