"""Writes the codes that an H.264 stream is made of, bit by bit."""


class BitWriter:
    def __init__(self) -> None:
        self._done = bytearray()
        self._open = ""

    def bits(self, code: str) -> None:
        """Write the digits, 0 and 1, as they are."""
        self._open += code
        whole = len(self._open) // 8 * 8
        if whole:
            self._done += int(self._open[:whole], 2).to_bytes(whole // 8)
            self._open = self._open[whole:]

    def fixed(self, value: int, width: int) -> None:
        self.bits(f"{value:0{width}b}")

    def unsigned(self, *values: int) -> None:
        """Exponential-Golomb codes, `ue(v)` in the standard."""
        for value in values:
            code = f"{value + 1:b}"
            self.bits("0" * (len(code) - 1) + code)

    def signed(self, value: int) -> None:
        """An exponential-Golomb code with a sign, `se(v)` in the standard."""
        self.unsigned(2 * value - 1 if value > 0 else -2 * value)

    def aligned(self, content: bytes) -> None:
        """Whole bytes, after as many zero bits as it takes to begin one."""
        self.bits("0" * (-len(self._open) % 8))
        self._done += content

    def finish(self) -> bytes:
        """The payload, closed by a one and zeros."""
        self.bits("1")
        self.bits("0" * (-len(self._open) % 8))
        return bytes(self._done)
