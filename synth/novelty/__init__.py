"""Exact novelty: the ROUGE-L index and the verified MinHash index."""
