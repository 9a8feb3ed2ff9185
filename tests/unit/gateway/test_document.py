"""The OpenAPI document, and the page that shows it."""

import re

import httpx


def test_every_operation_has_a_stable_name_and_documents_its_problems(http: httpx.Client) -> None:
    document = http.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    every = [operation for path in document["paths"].values() for operation in path.values()]
    operations = {operation["operationId"]: operation for operation in every}
    assert len(operations) == len(every)
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for operation in operations.values():
        for status, answer in operation["responses"].items():
            if status.startswith(("4", "5")):
                assert answer["content"] == {"application/problem+json": problem}
    assert {"400", "404", "413", "415", "422", "503", "504"} <= operations["predict"]["responses"].keys()
    accepted = operations["predict"]["requestBody"]["content"]
    assert accepted.keys() == {
        *("multipart/form-data", "application/json"),
        *("image/jpeg", "image/png", "image/webp", "image/heic", "image/heif"),
    }
    assert operations["startRun"]["security"] == [{"AdminKey": []}]


def test_every_reference_in_the_document_leads_somewhere(http: httpx.Client) -> None:
    answer = http.get("/openapi.json")
    referred = set(re.findall(r'"#/components/schemas/([^"]+)"', answer.text))
    assert referred <= answer.json()["components"]["schemas"].keys()


def test_the_documentation_page_needs_no_other_host(http: httpx.Client) -> None:
    page = http.get("/docs")
    assert page.status_code == 200
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page.text)
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert http.get(address).status_code == 200
