import subprocess
import sys

READS_FIRST = """
import sys
from synth.novelty.warm import read_ahead
count = read_ahead()
assert "llvmlite" not in sys.modules
import llvmlite.binding
print(count, read_ahead())
"""


def test_llvm_is_read_before_it_is_linked_and_not_again() -> None:
    done = subprocess.run([sys.executable, "-c", READS_FIRST], capture_output=True, text=True, check=True)
    before, after = map(int, done.stdout.split())
    assert before > 20_000_000
    assert after == 0
