"""Batch: files and ZIPs, answers in a table, filtered and taken away."""

import csv
import json
import zipfile
from collections.abc import Callable
from io import BytesIO, StringIO

from streamlit.testing.v1 import AppTest

from frontend.batch import words
from frontend.batch.answers import Row, as_csv, requests_for
from support.page import click, said
from support.photos import CONFIDENT_RGB, UNSUPPORTED_RGB, photo

Visit = Callable[..., AppTest]
FILES = {"a.jpg": photo(CONFIDENT_RGB), "b.jpg": photo(UNSUPPORTED_RGB), "c.jpg": b"GIF89a"}


def upload(page: AppTest, files: dict[str, bytes]) -> AppTest:
    page.file_uploader[0].set_value([(name, data, "image/jpeg") for name, data in files.items()]).run()
    assert not page.exception
    return page


def table(page: AppTest) -> dict[str, list[dict[str, str]]]:
    (component,) = page.get("bidi_component")
    data: dict[str, list[dict[str, str]]] = json.loads(component.proto.json)
    return data


def test_each_photo_is_answered_for_itself(visit: Visit) -> None:
    page = upload(visit("batch"), FILES)
    assert words.DONE.format(answered=2, count=3, failed=1) in said(page)
    rows = table(page)["rows"]
    assert [row["file"] for row in rows] == list(FILES)
    assert [row["decision"] for row in rows] == ["confident", "unsupported", "failed"]
    assert rows[1]["confidence"] == rows[1]["name"] == "–"
    assert [thumbnail is not None for thumbnail in table(page)["thumbnails"]] == [True, True, False]


def test_the_table_is_filtered_without_asking_again_and_its_pictures_are_sent_once(visit: Visit) -> None:
    page = upload(visit("batch"), FILES)
    page.segmented_control[0].set_value("unsupported").run()
    assert [row["file"] for row in table(page)["rows"]] == ["b.jpg"]
    assert table(page)["thumbnails"] is None
    assert "batch-waiting" not in page.session_state
    click(page, words.AGAIN)
    assert words.PRIVACY in said(page)


def test_a_zip_is_opened_by_the_gateway(visit: Visit) -> None:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in FILES.items():
            archive.writestr(f"photos/{name}", data)
    page = upload(visit("batch"), {"photos.zip": stream.getvalue()})
    assert [row["file"] for row in table(page)["rows"]] == [f"photos/{name}" for name in FILES]
    assert table(page)["thumbnails"][0]


def test_photos_of_one_name_are_told_apart() -> None:
    (photos,) = requests_for(iter([("a.jpg", b"1"), ("a.jpg", b"2")]))
    assert photos == {"a.jpg": b"1", "a.jpg (2)": b"2"}


def test_no_cell_of_the_csv_begins_a_formula() -> None:
    rows = [Row("=cmd()", "confident", "milia", "Milia", 0.9, "Most like Milia.", "acne", 1)]
    (line,) = csv.DictReader(StringIO(as_csv(rows)))
    assert line["file"] == "'=cmd()"
    assert line["confidence"] == "0.9"
