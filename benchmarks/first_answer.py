"""Seconds from the first command to the first answer, in a fresh clone.

    python3 -m benchmarks.first_answer

Clones this repository into a temporary folder, runs `make run` there, asks a question on the web
chat's interface as soon as it is served, and waits for the answer. The installer's cache is used as
it is: run it twice to see the figure with all packages downloaded. Standard library only.
"""

import json
import os
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PORT = 18080
QUESTION = "vous livrez en combien de jours ?"


def main() -> None:
    """Measure once and print."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        clone = Path(folder) / "comptoir"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        begun = time.perf_counter()
        command = ["make", "run", f"ARGS=--port {PORT}"]
        with subprocess.Popen(
            command, cwd=clone, stdout=subprocess.DEVNULL, start_new_session=True
        ) as process:
            try:
                answer = _answer()
                seconds = time.perf_counter() - begun
            finally:
                os.killpg(process.pid, signal.SIGTERM)
    print(f"asked: {QUESTION}\nanswered: {answer.splitlines()[-1]}")
    print(f"seconds from `make run` to the first answer: {seconds:.1f}")


def _answer() -> str:
    made = _call("POST", "/api/chat/conversations", {}, "", patience=600)
    token = made["token"]
    _call("POST", "/api/chat/messages", {"client_id": "1", "text": QUESTION}, token)
    while True:
        for message in _call("GET", "/api/chat/messages", None, token)["messages"]:
            if message["entry"]:
                return str(message["text"])
        time.sleep(0.01)


def _call(method: str, path: str, body: object, token: str, patience: float = 0.0) -> Any:
    """The JSON of an answer; a server that is not there yet is waited for."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}{path}",
        None if body is None else json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
        method=method,
    )
    end = time.perf_counter() + patience
    while True:
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except urllib.error.URLError:
            if time.perf_counter() > end:
                raise
            time.sleep(0.05)


if __name__ == "__main__":
    main()
