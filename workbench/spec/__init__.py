"""Floor 0: data types of projects, results and messages. Imports no Qt, TensorFlow, numpy or google packages."""
