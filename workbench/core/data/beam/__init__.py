"""Images to instances and instances to predictions as Apache Beam pipelines, for data too large for one machine.

Modules here import Beam at their top, and are imported only once it is known to be there (`runner.require_beam`).
"""
