"""voco view in a headless Chromium, used as a person does: by mouse, keyboard and eyes."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
from places import ROOT

from VoCoLib.processes.environment import child_environment

NEEDED = ("slicer", "trame", "trame_rca", "trame_vuetify", "aiohttp", "selenium")
SIZE = (1280, 720)
PATIENCE_S = 120
# Debian's chromium may look for nothing: what the page needs, voco has.
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--ignore-certificate-errors",
)
Found = TypeVar("Found")


def skip_unless_it_can_run() -> None:
    """Skips the tests of a file where a package or the browser is missing."""
    for name in NEEDED:
        pytest.importorskip(name, reason=f"{name} is not installed; make.py test installs it")
    for name in ("chromium", "chromedriver"):
        if not shutil.which(name):
            pytest.skip(f"there is no {name}; make.py test installs it", allow_module_level=True)


@contextlib.contextmanager
def serving(*arguments: str, **environment: str) -> Iterator[str]:
    """Runs a command of Python that serves the page; its address, with the token."""
    command = [sys.executable, *arguments]
    variables = child_environment({**os.environ, **environment})
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=variables, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            yield line.split()[-1]
        finally:
            process.terminate()
            process.wait(30)


def voco_view(*arguments: str) -> Sequence[str]:
    """The command `voco view`, on any free port and without opening a browser."""
    return "-m", "VoCoLib", "view", "--no-browser", "--port", "0", *arguments


class Page:
    """A tab of a browser of its own."""

    def __init__(self, address: str, downloads: Path, size: tuple[int, int] = SIZE) -> None:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service

        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or ""
        for flag in FLAGS:
            options.add_argument(flag)
        options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        # the browser is not what is tested: a locale that is not installed keeps it from its files
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        service = Service(shutil.which("chromedriver"), env=environment)
        self.driver = webdriver.Chrome(options, service)
        self.downloads = downloads
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.driver.get(address)

    def close(self) -> None:
        """Ends the browser."""
        self.driver.quit()

    def until(
        self, look: Callable[[], Found], what: str = "", seconds: float = PATIENCE_S
    ) -> Found:
        """What look returns, as soon as it is true."""
        from selenium.common.exceptions import WebDriverException

        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(WebDriverException):  # it was drawn anew meanwhile
                if found := look():
                    return found
            time.sleep(0.05)
        raise AssertionError(f"{what or look} did not come; the page says: {self.text('body')}")

    def find(self, css: str) -> Any:
        """The first element that is seen."""
        return self.until(lambda: next((e for e in self.all(css) if e.is_displayed()), None), css)

    def all(self, css: str) -> list[Any]:
        """All elements."""
        return list(self.driver.find_elements("css selector", css))

    def text(self, css: str) -> str:
        """Of the first element; empty without one."""
        return " ".join(e.text for e in self.all(css)[:1])

    def says(self, words: str, css: str = "body", seconds: float = PATIENCE_S) -> None:
        """Waits for words."""
        self.until(lambda: words in self.text(css), f"'{words}'", seconds)

    def click(self, css: str) -> None:
        """Clicks on an element that can be pressed."""

        def press() -> bool:
            element = self.find(css)
            if not element.is_enabled():
                return False
            self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
            element.click()
            return True

        self.until(press, f"a press of {css}")

    def open(self, part: str) -> None:
        """Turns to a part of the panel."""
        self.until(lambda: [t for t in self.all("[role=tab]") if part.upper() in t.text.upper()])[
            0
        ].click()

    def choose(self, css: str, title: str) -> None:
        """Chooses from a list."""
        self.click(css)
        items = ".v-overlay--active .v-list-item"
        self.until(lambda: [e.click() or True for e in self.all(items) if title in e.text], title)

    def fill(self, css: str, text: str) -> None:
        """Replaces what a field holds."""
        from selenium.webdriver.common.keys import Keys

        field = self.find(css)
        field.click()
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(text, Keys.TAB)

    def keys(self, *keys: str) -> None:
        """Types, wherever the focus is."""
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def mouse(self, view: str, x: int, y: int, click: bool = False) -> None:
        """Moves over a view, x to the right and y down from its middle, and clicks."""
        from selenium.webdriver import ActionChains

        chain = ActionChains(self.driver, duration=50)
        chain.move_to_element_with_offset(self.find(f"#view-{view}"), x, y)
        (chain.pause(0.1).click() if click else chain).perform()

    def wheel(self, view: str, steps: int) -> None:
        """Turns the wheel over a view."""
        from selenium.webdriver import ActionChains
        from selenium.webdriver.common.actions.wheel_input import ScrollOrigin

        origin = ScrollOrigin.from_element(self.find(f"#view-{view}"))
        for _ in range(abs(steps)):
            turn = 100 if steps > 0 else -100
            ActionChains(self.driver).scroll_from_origin(origin, 0, turn).perform()

    def picture(self, view: str) -> Any:
        """What is seen of a view: (rows, columns, RGB)."""
        import numpy as np
        from PIL import Image

        png = self.find(f"#view-{view}").screenshot_as_png
        return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))

    def offset(self, view: str) -> float:
        """Where the slice of a view is, mm, as it is said there."""
        words = self.until(lambda: self.text(f"#offset-{view}")).split()
        return float(words[1]) * (1 if words[0] in "SAR" else -1)

    def downloaded(self, name: str) -> Path:
        """A file, once it is complete."""
        path = self.downloads / name
        self.until(lambda: path.exists() and path.stat().st_size > 0, name)
        return path

    def requests(self) -> set[str]:
        """Where the page has asked for something."""
        found = set()
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.add(urlsplit(message["params"]["request"]["url"]).netloc)
            if message["method"] == "Network.webSocketCreated":
                found.add(urlsplit(message["params"]["url"]).netloc)
        return found - {""}
