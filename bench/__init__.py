"""Benchmarks: every figure beside its goal and beside the floor measured in the same run."""
