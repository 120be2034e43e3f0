"""The processes that this server offers: one line each. It imports no web framework."""

from __future__ import annotations

from geo.serve.processes.aggregation import AGGREGATE
from geo.serve.processes.echo import ECHO
from geo.serve.processes.process import Process
from geo.serve.processes.recomputation import INDICATOR
from geo.serve.processes.whatif import WHAT_IF

PROCESSES: dict[str, Process] = {
    process.id: process for process in (AGGREGATE, INDICATOR, WHAT_IF, ECHO)
}
"""By id, in the order of ``/processes``."""
