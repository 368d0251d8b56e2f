"""Workloads of the awkward sort: each is put into a copy of the project as the one new file that it is."""
