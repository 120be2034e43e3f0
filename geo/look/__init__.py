"""The look that portal and API pages share: style, icon, scripts and vendored libraries.

Files only. Both rooms serve :data:`STATIC`, each below its own address.
"""

from __future__ import annotations

from pathlib import Path

STATIC = Path(__file__).parent / "static"
