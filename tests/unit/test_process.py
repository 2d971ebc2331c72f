"""What is free goes back to the system: seen in a process of its own, whose memory is counted."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPT = """
from pathlib import Path
from bot.process import give_back

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

pieces = [bytes(1000) for _ in range(100_000)]
last = bytes(1000)  # above all others: what is free below it stays with the process
del pieces
before = resident()
give_back()
print(before - resident())
"""


def test_what_lies_free_below_something_in_use_is_given_back() -> None:
    command = [sys.executable, "-c", SCRIPT]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert int(told.stdout) > 50_000_000
