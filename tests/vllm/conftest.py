"""The real vLLM on a CPU, with a tiny model made on the spot. `make test-vllm` installs it and runs these tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

CONTEXT = 1024
ENVIRONMENT = {
    "VLLM_CPU_KVCACHE_SPACE": "1",  # GiB
    "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_NO_USAGE_STATS": "1",
    "HF_HUB_OFFLINE": "1",
}


class Server:
    """``python -m vllm.entrypoints.openai.api_server`` on a port of its own; it can be killed and started again.

    Not ``vllm serve``, which looks for a distribution named vllm: here it is vllm-cpu.
    """

    def __init__(self, model: Path, log: Path, context: int) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}/v1"
        self._log = log
        self._command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server"]
        self._command += ["--model", str(model), "--served-model-name", "tiny", "--port", str(self.port)]
        self._command += ["--max-model-len", str(context), "--enforce-eager", "--enable-prompt-tokens-details"]

    def start(self) -> None:
        with self._log.open("ab") as log:
            # A session of its own, so that killing it takes the engine's processes along.
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, env=os.environ | ENVIRONMENT, start_new_session=True
            )

    def wait(self, seconds: float = 180.0) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health").close()
            except (urllib.error.URLError, OSError):
                assert self._process.poll() is None, self._log.read_text()[-4000:]
                time.sleep(0.5)
            else:
                return
        raise AssertionError(f"vLLM did not come up:\n{self._log.read_text()[-4000:]}")

    def kill(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@pytest.fixture(scope="session", autouse=True)
def _environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the model, and ``adapter`` in it, a LoRA adapter."""
    folder = tmp_path_factory.mktemp("tiny-model")
    script = Path(__file__).with_name("tiny_model.py")
    subprocess.run([sys.executable, script, folder, folder / "adapter"], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def serve(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Starts a server, and waits until it is up; all are killed at the end."""
    servers = []

    def start(context: int = CONTEXT) -> Server:
        server = Server(tiny_model, tmp_path_factory.mktemp("log") / "vllm.log", context)
        servers.append(server)
        server.start()
        server.wait()
        return server

    yield start
    for server in servers:
        server.kill()
