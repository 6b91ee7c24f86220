"""Gates: what decides whether a draft enters the pool; one module each."""
