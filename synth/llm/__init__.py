"""LLM backends: one module each; :mod:`synth.llm.table` names them."""
