"""The only file that reads the machine's clock."""

import time


class SystemClock:
    def now(self) -> float:
        return time.time()
