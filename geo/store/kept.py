"""A bounded memory of what is dear to make, for many threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable


class Kept[T]:
    """Values by key; the least recently used go first when they grow too large together.

    Parameters
    ----------
    most_bytes : int
        Of all values together. One that alone is larger is still kept until the next comes.
    size : callable
        Returns the bytes of a value.
    """

    def __init__(self, most_bytes: int, size: Callable[[T], int]) -> None:
        self._most_bytes = most_bytes
        self._size = size
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self.nbytes = 0

    def __len__(self) -> int:
        return len(self._values)

    def find(self, key: Hashable) -> T | None:
        """Return a value that is there already."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return a value, made by the first thread that asks while the others wait for it."""
        found = self.find(key)
        if found is not None:
            return found
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            found = self.find(key)
            if found is not None:
                return found
            try:
                value = make()
                self.put(key, value)
            finally:
                with self._lock:
                    self._making.pop(key, None)
            return value

    def put(self, key: Hashable, value: T) -> None:
        """Keep a value, unless there is one under its key."""
        with self._lock:
            if key in self._values:
                return
            self._values[key] = value
            self.nbytes += self._size(value)
            while self.nbytes > self._most_bytes and len(self._values) > 1:
                _, gone = self._values.popitem(last=False)
                self.nbytes -= self._size(gone)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()
            self.nbytes = 0
