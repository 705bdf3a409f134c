"""Training runs: data that needs no network, small models, one table of optimizers, a resumable runner."""
