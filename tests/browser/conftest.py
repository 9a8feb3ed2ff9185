"""The page in a real Chromium, over a real gateway, model server and store; only Airflow is a stand-in."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

from objectstore import ObjectStore
from stack.seaweedfs import SeaweedFS
from support.airflow_stand_in import AirflowStandIn, running_airflow_stand_in
from support.gateway import ADMIN_KEY, CANDIDATE, PRODUCTION, running_backend, running_gateway
from support.moody_gateway import MoodyGateway, running_moody_gateway
from support.page_server import PageServer, running_page
from support.page_store import Shown, fill
from support.versions import Versions

FLAGS = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
Visit = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser makes all of these slow, so all of them may take their time."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def airflow() -> Iterator[AirflowStandIn]:
    """A stand-in for Airflow, whose scheduler is the test."""
    with running_airflow_stand_in() as airflow:
        yield airflow


@pytest.fixture(scope="session")
def shown(s3_server: SeaweedFS, airflow: AirflowStandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """Two judged versions, their dataset and its pictures, behind a gateway."""
    versions = Versions(tmp_path_factory.mktemp("versions"))
    with running_backend(s3_server, versions, tmp_path_factory.mktemp("volume")) as backend:
        store = ObjectStore(backend.store)
        picture = fill(store, versions.describe(PRODUCTION), versions.describe(CANDIDATE))
        environment = {**backend.environment, **airflow.environment, "ACNEFLOW_ADMIN_KEY": ADMIN_KEY}
        with running_gateway(environment, tmp_path_factory.mktemp("gateway") / "log", until="/readyz") as gateway:
            yield Shown(gateway, backend, store, picture)


@pytest.fixture(scope="session")
def moody(shown: Shown) -> Iterator[MoodyGateway]:
    """What the page takes for the gateway."""
    with running_moody_gateway(shown.gateway.url) as moody:
        yield moody


@pytest.fixture(scope="session")
def server(moody: MoodyGateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    """The page."""
    with running_page(moody.url, tmp_path_factory.mktemp("page") / "log") as server:
        yield server


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, with a fake camera."""
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("these tests need chromium; `make test-browser` brings it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, server: PageServer, moody: MoodyGateway) -> Iterator[Visit]:
    """Opens one of the pages as a new visitor; `theme` and `width` are the visitor's, `key` signs in."""
    moody.mood = "well"
    contexts = []

    def visit(name: str = "predict", *, theme: str = "light", width: int = 1280, key: str | None = None) -> Page:
        phone = width < 500
        context = chromium.new_context(
            color_scheme="dark" if theme == "dark" else "light",
            viewport={"width": width, "height": 900},
            is_mobile=phone,
            has_touch=phone,
            permissions=["camera"],
            accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        address = f"{server.url}/{'' if name == 'predict' else name}"
        try:
            page.goto(address)
        except Error as error:  # a container that starts on this machine changes its network, and Chromium gives up
            if "ERR_NETWORK_CHANGED" not in error.message:
                raise
            page.goto(address)
        settle(page)
        if key is not None:
            sign_in(page, key)
        return page

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def screenshots(repository: Path) -> Path:
    """Where pictures of the page are kept for people to look at; not in the repository."""
    folder = Path(os.environ.get("ACNEFLOW_SCREENSHOTS", repository / ".acneflow" / "screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def settle(page: Page) -> None:
    """Wait until Streamlit has nothing more to draw."""
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', state="attached")
    page.wait_for_function("() => !document.querySelector('[data-stale=\"true\"]')")
    page.wait_for_timeout(300)


def sign_in(page: Page, key: str) -> None:
    """Sign in by the form in the bar at the top."""
    page.get_by_role("button", name="Sign in").click()
    page.locator("input[type=password]").first.fill(key)
    page.locator("input[type=password]").first.press("Enter")
    page.get_by_role("button", name="Signed in").wait_for()
    settle(page)
