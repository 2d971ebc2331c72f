"""What `handlers/telegram.py` is made of."""

import os

os.environ.setdefault("PTB_TIMEDELTA", "1")  # the library's waits are timedeltas, without a warning
