"""The audit: claims as data, evidence as code, verdicts computed from outcomes.

`python -m proofs` runs it; `python -m proofs --help` tells the rest.
"""
