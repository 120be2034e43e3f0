"""Children that stay for the next question with what they keep: taken by one who asks at a time."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess


@dataclass(frozen=True)
class Child:
    """A child that was begun.

    Attributes
    ----------
    process_id : str
        Of the process that it runs.
    pipe : Connection
        Our end.
    """

    process_id: str
    process: BaseProcess
    pipe: Connection

    def end(self) -> None:
        """Make sure that it is gone; one that has answered is given a moment to leave."""
        self.pipe.close()
        if self.process.pid is None:
            return
        self.process.join(0.2)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
        self.process.close()


class Staying:
    """Those that wait for a question.

    Parameters
    ----------
    most : int
        How many; what comes beyond them is ended.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._children: list[Child] = []

    def take(self, process_id: str) -> Child | None:
        """Return the child that has just run a process, and that nobody else has; or None."""
        with self._lock:
            for number, found in reversed(list(enumerate(self._children))):
                if found.process_id == process_id:
                    return self._children.pop(number)
        return None

    def put(self, child: Child) -> None:
        """Let a child wait; it may be gone by the time that it is taken."""
        with self._lock:
            if len(self._children) < self._most:
                self._children.append(child)
                return
        child.end()
