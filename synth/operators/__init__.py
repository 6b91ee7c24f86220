"""Operators: ways to make drafts from parents."""
