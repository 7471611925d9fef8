"""Charts drawn with QPainter: bars, histogram, curve, matrix. Made when one is first looked at."""
