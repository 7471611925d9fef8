"""Images to instances and instances to predictions as Apache Beam pipelines, for data too large for one machine.

The modules here import Beam at the top, and are imported only after `runner.require_beam` has found it.
"""
