"""Evidence, one file per concept of the paper. Every function here returns an outcome."""
