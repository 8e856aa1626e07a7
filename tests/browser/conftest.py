"""A running app and a real Chromium; skipped where none is installed, in CI a failure."""

import os
import re
from pathlib import Path

import pytest
from app_server import CHROMIUMS, FLAGS, IS_STILL, PATIENCE, find_chromium, running_app


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(item.fspath).parent.name == "browser":
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    found = find_chromium()
    if found is None:
        wanted = f"none of {', '.join(CHROMIUMS)} is installed"
        if os.environ.get("VACSR_REQUIRE_BROWSER"):
            pytest.fail(f"VACSR_REQUIRE_BROWSER is set and {wanted}")
        pytest.skip(wanted)
    return found


@pytest.fixture(scope="session")
def artifacts(tmp_path_factory):
    """Where screenshots go: $VACSR_ARTIFACTS, else a temporary folder."""
    folder = os.environ.get("VACSR_ARTIFACTS")
    path = Path(folder) if folder else tmp_path_factory.mktemp("screenshots")
    path.mkdir(parents=True, exist_ok=True)
    return path


@pytest.fixture(scope="session")
def app_address(chromium):
    """Address of the running app."""
    with running_app() as address:
        yield address


class Visit:
    """One browser page with a record of what it complained about and whom it asked."""

    def __init__(self, page, address: str) -> None:
        self.page, self.address = page, address
        self.errors: list[str] = []
        self.outside: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._note)

    def _hear(self, message) -> None:
        # On a deep link Streamlit's own client first looks for its server below the page's path.
        is_probe = re.search(r"/\w+/_stcore/(health|host-config)$", message.location["url"])
        if message.type == "error" and not is_probe:
            self.errors.append(f"{message.text} ({message.location['url']})")

    def _note(self, request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:", "ws://127.0.0.1")):
            self.outside.append(request.url)

    def settle(self, timeout: float = PATIENCE) -> None:
        """Wait until the server has no more to say."""
        self.page.wait_for_timeout(300)
        self.page.wait_for_function(IS_STILL, timeout=timeout)


@pytest.fixture(scope="session")
def browser(chromium):
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, app_address):
    """Opens a page: `visit(width=…, scheme=…)`; every page is closed at the end."""
    contexts = []

    def open_page(path: str = "", width: int = 1280, height: int = 900, scheme: str = "light"):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        opened = Visit(page, app_address)
        page.goto(f"{app_address}/{path}", wait_until="domcontentloaded")
        page.get_by_test_id("stApp").wait_for()
        return opened

    yield open_page
    for context in contexts:
        context.close()
