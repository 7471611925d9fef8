"""Floor 0: what is wanted and what is told. No Qt, TensorFlow, numpy or google packages here."""
