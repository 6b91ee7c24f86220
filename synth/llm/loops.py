"""When vLLM ends a generation that loops, so that the rest of its budget is not spent on more of the same.

A pattern of 10 to 50 tokens that comes eight times in a row. Shorter loops are caught as well, as patterns of several
turns, but no text is ended for fewer than 80 tokens of pure repetition: a row of zeros, a ruled line, a refrain are
not loops. Longer loops are left to the repetition gate. Only free text is watched: a structured answer ends by itself.
"""

from __future__ import annotations

LOOPS = {"min_pattern_size": 10, "max_pattern_size": 50, "min_count": 8}
"""vLLM's ``RepetitionDetectionParams``, the same in process and served."""
