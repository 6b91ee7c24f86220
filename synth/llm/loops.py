"""When vLLM ends a generation that loops, so that the rest of its budget is not spent on more of the same.

A pattern of 16 to 31 tokens that comes six times in a row. A shorter loop is caught as well, for twice or three times
its length lies between 16 and 31; a longer one is left to the repetition gate. No text is ended for fewer than 96
tokens of pure repetition: a row of zeros, a ruled line, a refrain are not loops. The range is narrow because vLLM looks
at each length after each token, in Python. Only free text is watched: a structured answer ends by itself.
"""

from __future__ import annotations

LOOPS = {"min_pattern_size": 16, "max_pattern_size": 31, "min_count": 6}
"""vLLM's ``RepetitionDetectionParams``, the same in process and served."""
