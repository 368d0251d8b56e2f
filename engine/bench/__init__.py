"""Benchmarks: each prints what it measured, both sides in one run, the median ratio last."""
