"""Test runs: every usage type in every language to every recipient, sent once, followed, and judged.

`notebooks/test-run.ipynb` and `sesutil test-run` are these modules with a face: `parameters` says what a
run is made from, `cases` what is sent in it, `running` sends and judges, `results` is what comes out.
"""

__all__ = ()
