"""From files and records to instances: images, JSON lines, arrays, TFRecords, and the values that accompany each."""
