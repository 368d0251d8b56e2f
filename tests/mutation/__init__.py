"""Mutation testing: whether the tests see a mistake, made on purpose, one at a time."""
