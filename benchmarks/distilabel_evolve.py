"""distilabel's EvolInstruct over a server, for benchmarks/peers_saturation.py; its interpreter must have distilabel.

    python benchmarks/distilabel_evolve.py BASE_URL COUNT BATCH

One evolution each of COUNT instructions, BATCH at a time (50 is its default; COUNT is its best: all at once).
"""

from __future__ import annotations

import sys
import tempfile


def main() -> None:
    from distilabel.models import OpenAILLM
    from distilabel.pipeline import Pipeline
    from distilabel.steps import LoadDataFromDicts
    from distilabel.steps.tasks import EvolInstruct

    base, count, batch = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rows = [{"instruction": f"Explain to a beginner how thing number {number} works."} for number in range(count)]
    with tempfile.TemporaryDirectory() as cache:
        with Pipeline(name="evolve", cache_dir=cache) as pipeline:
            load = LoadDataFromDicts(data=rows, batch_size=batch)
            llm = OpenAILLM(model="sim", base_url=base, api_key="none")
            load >> EvolInstruct(llm=llm, num_evolutions=1, input_batch_size=batch)
        made = pipeline.run(use_cache=False)["default"]["train"]
    print(sum(bool(row["evolved_instruction"]) for row in made), "evolved")


if __name__ == "__main__":
    main()
