"""Torch modules to try the verifier on: planted faults, and modules that are right but unusual."""
