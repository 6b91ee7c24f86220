"""Grow a small pool of seed tasks into a large, novel, hard and clean instruction dataset."""
