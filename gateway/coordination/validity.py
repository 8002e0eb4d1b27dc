"""Whether what was made of something still holds: it is void once that has changed."""

from weakref import WeakValueDictionary


class Validity:
    """Void for good once it is; whoever keeps what it stands on looks at it."""

    __slots__ = ("__weakref__", "is_void")

    def __init__(self) -> None:
        self.is_void = False


class Validities:
    """Those in use, by what they stand on."""

    def __init__(self) -> None:
        self._in_use: WeakValueDictionary[str, Validity] = WeakValueDictionary()

    def get(self, name: str) -> Validity:
        validity = self._in_use.get(name)
        if validity is None:
            validity = self._in_use[name] = Validity()
        return validity

    def void(self, name: str) -> None:
        validity = self._in_use.pop(name, None)
        if validity is not None:
            validity.is_void = True

    def void_all(self) -> None:
        for name in list(self._in_use):
            self.void(name)
