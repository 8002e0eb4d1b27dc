"""Marks on what was made from something: void once that something has changed."""

from weakref import WeakValueDictionary


class Mark:
    """Void for good once it is; whoever keeps what it stands on looks at it."""

    __slots__ = ("__weakref__", "is_void")

    def __init__(self) -> None:
        self.is_void = False


class Marks:
    """The marks in use, by what they stand on."""

    def __init__(self) -> None:
        self._in_use: WeakValueDictionary[str, Mark] = WeakValueDictionary()

    def get(self, name: str) -> Mark:
        mark = self._in_use.get(name)
        if mark is None:
            mark = self._in_use[name] = Mark()
        return mark

    def void(self, name: str) -> None:
        mark = self._in_use.pop(name, None)
        if mark is not None:
            mark.is_void = True

    def void_all(self) -> None:
        for name in list(self._in_use):
            self.void(name)
