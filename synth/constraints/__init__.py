"""Verifiable constraints: each has a phrase, a check, and a realisation."""
