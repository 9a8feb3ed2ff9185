"""Services share contracts and objects, never code: who may import whom."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

AIRFLOW_CODE = ("airflow/dags", "airflow/include")


def _packages(repository: Path, kind: str) -> dict[str, Path]:
    return {path.name: path for path in repository.glob(f"{kind}/*/src/*") if (path / "__init__.py").exists()}


def _modules(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def _imported(folder: Path) -> Iterator[tuple[Path, str]]:
    for file in sorted(folder.rglob("*.py")):
        yield from ((file, module.partition(".")[0]) for module in _modules(file))


def test_there_are_services_and_libraries(repository: Path) -> None:
    services = _packages(repository, "services")
    assert {"frontend", "gateway", "sample_site", "scraper", "serving", "trainer"} <= services.keys()
    libs = _packages(repository, "libs").keys()
    assert {"contracts", "imaging", "inference", "objectstore", "runtime", "wire"} <= libs


@pytest.mark.parametrize("kind", ["services", "libs"])
def test_nothing_imports_a_service_but_the_service_itself(repository: Path, kind: str) -> None:
    services = _packages(repository, "services").keys()
    offences = [
        f"{file.relative_to(repository)} imports {module}"
        for name, folder in _packages(repository, kind).items()
        for file, module in _imported(folder)
        if module in services and module != name
    ]
    assert offences == []


def test_airflow_imports_neither_services_nor_libraries(repository: Path) -> None:
    ours = _packages(repository, "services").keys() | _packages(repository, "libs").keys()
    offences = [
        f"{file.relative_to(repository)} imports {module}"
        for folder in AIRFLOW_CODE
        for file, module in _imported(repository / folder)
        if module in ours
    ]
    assert offences == []


def test_the_page_reaches_nothing_but_the_gateway(repository: Path) -> None:
    ours = _packages(repository, "libs").keys()
    imported = {module for _, module in _imported(_packages(repository, "services")["frontend"])}
    assert imported & ours <= {"acneflow_client", "contracts", "imaging", "runtime"}


def test_contracts_know_no_transport_and_no_store(repository: Path) -> None:
    imported = {module for _, module in _imported(_packages(repository, "libs")["contracts"])}
    assert imported & {"boto3", "httpx", "aiohttp", "grpc", "socket", "requests", "numpy"} == set()


def test_only_the_trainers_tests_and_those_with_the_official_client_import_tensorflow(repository: Path) -> None:
    tests = repository / "tests"
    makers = {tests / "support" / "tiny_model.py", tests / "support" / "colour_weights.py"}
    allowed = [tests / name for name in ("unit/trainer", "model", "contract", "e2e", "fixtures/versions")]
    offences = [
        f"{file.relative_to(repository)} imports {module}"
        for file in sorted(tests.rglob("*.py"))
        for module in _modules(file)
        if module.partition(".")[0] in {"tensorflow", "keras", "tensorflow_serving"} or module == "support.tiny_model"
        if file not in makers and not any(file.is_relative_to(folder) for folder in allowed)
    ]
    assert offences == []
