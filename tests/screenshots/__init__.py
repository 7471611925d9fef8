"""Screenshots of the whole window on the sample project: `PYTHONPATH=tests python -m screenshots OUTDIR`."""
