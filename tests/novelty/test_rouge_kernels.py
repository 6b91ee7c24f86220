"""The compiled loops keep their machine code where it can be written, and do without where nothing can be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import synth

PLACE = "from synth.novelty import rouge_kernels as kernels; print(kernels.popcount.stats.cache_path)"

SEARCH = """
from synth.novelty import rouge
rouge._SMALL_POOL = rouge._TAIL_ROWS = 3  # compiled code from the first segment on
index = rouge.RougeIndex()
for number in range(8):
    index.add(str(number), f"write {number} lines about the sea 写 {number} 行 诗".encode())
hit = index.nearest_over("write 5 lines about the sea 写 5 行 诗".encode())
print(hit.row, hit.score, rouge.__file__)
"""

SIGN = """
import numpy as np
from synth.novelty import minhash, minhash_kernels
print(minhash_kernels.sign(np.frombuffer(b"sort the list", np.uint8), minhash._PACKED)[0])
"""


def python(code: str, **environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.split()


def test_machine_code_is_cached_where_it_can_be_written(tmp_path: Path) -> None:
    (found,) = python(PLACE, NUMBA_CACHE_DIR=str(tmp_path))
    assert tmp_path in Path(found).parents


def test_the_index_works_where_the_disk_is_full(tmp_path: Path) -> None:
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
    row, score, _ = python(full + SEARCH, NUMBA_CACHE_DIR=str(tmp_path))
    assert (row, score) == ("5", "1.0")


def test_the_index_works_where_package_home_and_cache_folder_are_read_only(tmp_path: Path) -> None:
    package = tmp_path / "synth"
    shutil.copytree(Path(synth.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    # A file where a folder is wanted stops root as well, which rights would not.
    (package / "novelty" / "__pycache__").touch()
    blocked = tmp_path / "file"
    blocked.touch()
    nowhere = {name: str(blocked / "cache") for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "HOME")}
    assert python(PLACE, PYTHONPATH=str(tmp_path), **nowhere) == ["None"]
    assert python(SEARCH, PYTHONPATH=str(tmp_path), **nowhere) == ["5", "1.0", str(package / "novelty" / "rouge.py")]


def test_machine_code_is_made_anew_where_what_it_calls_has_changed(tmp_path: Path) -> None:
    package = tmp_path / "synth"
    shutil.copytree(Path(synth.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    signed = python(SIGN, PYTHONPATH=str(tmp_path))
    assert python(SIGN, PYTHONPATH=str(tmp_path)) == signed
    called = package / "novelty" / "vocabulary_kernels.py"
    called.write_text(called.read_text().replace("0x9E3779B97F4A7C15", "0x9E3779B97F4A7C17"))
    assert python(SIGN, PYTHONPATH=str(tmp_path)) != signed
