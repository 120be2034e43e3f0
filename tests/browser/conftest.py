"""The composed application in a process of its own, and a headless Chromium that looks at it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def server(demo_data: Path) -> Iterator[str]:
    """The address of ``geobank serve`` over the demo city."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", "from geo.cli import main; main()", "serve"]
    command += ["--port", str(port), "--data", str(demo_data), "--project", str(ROOT)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        if process.poll() is not None:
            _, err = process.communicate()
            pytest.fail(f"the server ended: {err.decode()[-2000:]}")
        try:
            urllib.request.urlopen(address, timeout=30).close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.25)
        else:
            return
    pytest.fail("the server did not answer within a minute")


class Browser:
    """Chromium with its console and its network to be asked about."""

    def __init__(self) -> None:
        options = Options()
        for flag in (
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars",
            "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
        ):  # fmt: skip
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(
            options=options, service=Service(shutil.which("chromedriver"))
        )
        self.driver.set_page_load_timeout(60)

    def open(self, address: str, *, width: int = 1280, scripts: bool = True) -> None:
        """Open a page afresh at a width, with or without JavaScript."""
        self.tell("Emulation.setScriptExecutionDisabled", value=False)
        self.driver.get("about:blank")
        self.console()
        self.requests()
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.tell("Emulation.setDeviceMetricsOverride", **size)
        self.tell("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.driver.get(address)

    def tell(self, command: str, **parameters: Any) -> Any:
        """Send a command of the DevTools protocol."""
        return self.driver.execute_cdp_cmd(command, parameters)

    def console(self) -> list[str]:
        """Return and forget what stands in the console."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Return and forget the addresses that were asked for."""
        found = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of the session."""
    missing = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    if missing:
        pytest.fail(f"missing: {', '.join(missing)}; apt-get install chromium chromium-driver")
    opened = Browser()
    yield opened
    opened.driver.quit()
