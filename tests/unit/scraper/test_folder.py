"""The operator's own folder of class folders, into a real store."""

import shutil
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from contracts.snapshot import SnapshotManifest
from contracts.steps import InvalidInputError
from imaging import read_pixels
from objectstore import ObjectStore, load_document
from scraper.crawl.scrape import Scrape, scrape
from scraper.crawl.stats import Stats
from scraper.errors import SiteChangedError
from scraper.settings import ScraperSettings
from scraper.sources.catalogue import open_source
from scraper.sources.protocol import SourceOptions
from scraper.sources.table import label_of
from support.photos import heic
from trainer.photos import for_each_photo


def picture(shade: int, kind: str = "JPEG", mode: str = "RGB") -> bytes:
    out = BytesIO()
    Image.new("RGBA", (64, 48), (shade, 99, 50, 128)).convert(mode).save(out, kind)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "Birds/robin.png": picture(1, "PNG", "RGBA"),
        "Birds/sea birds/gull #1 100%.jpg": picture(2),
        "Birds/sea birds/gull.txt": b"Larus argentatus",
        "Birds/.thumbs/robin.jpg": picture(9),
        "Birds/.DS_Store": b"\0\0\0\1Bud1",
        "Fruit & vegetables/äpfel.webp": picture(3, "WEBP"),
        "Fruit & vegetables/copy of gull.jpg": picture(2),
        "Fruit & vegetables/half.jpg": picture(4)[:-100],
        "Fruit & vegetables/song.ogg": b"OggS" + bytes(100),
        "Fruit & vegetables/empty.png": b"",
        ".git/config": b"[core]",
        "README.txt": b"read me",
    }
    root = tmp_path / "my photos"
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


async def scraped(folder: Path | None, store: ObjectStore, *, minimum_images: int = 5) -> Scrape:
    stats = Stats()
    options = SourceOptions(folder, minimum_images)
    settings = ScraperSettings()
    async with open_source("folder", settings, options, stats) as source:
        return await scrape(source, store, stats, settings.cache)


def snapshot_of(scraped: Scrape, store: ObjectStore) -> SnapshotManifest:
    return load_document(store, scraped.uri, SnapshotManifest)


async def test_each_subfolder_is_a_class_and_every_image_below_it_is_found(folder: Path, store: ObjectStore) -> None:
    snapshot = snapshot_of(await scraped(folder, store, minimum_images=2), store)
    assert [(c.name, c.display_name, c.minimum_images) for c in snapshot.classes] == [
        ("birds", "Birds", 2),
        ("fruit-vegetables", "Fruit & vegetables", 2),
    ]
    seen = {(Path(i.group).name, i.label, i.key.rpartition(".")[2]) for i in snapshot.images}
    assert seen == {
        ("robin.png", "birds", "png"),
        ("gull%20%231%20100%25.jpg", "birds", "jpg"),
        ("%C3%A4pfel.webp", "fruit-vegetables", "webp"),
        ("copy%20of%20gull.jpg", "fruit-vegetables", "jpg"),
    }
    assert len({i.group for i in snapshot.images}) == len(snapshot.images)
    assert {i.licence for i in snapshot.images} == {"the operator's own"}
    assert all(i.skin_tone is None and i.page is None for i in snapshot.images)
    assert (snapshot.source, snapshot.synthetic) == ("folder", False)
    assert snapshot.notice == "Images from the operator's own folder 'my photos'."


async def test_what_is_no_image_is_refused_by_reason_and_hidden_files_arent_looked_at(
    folder: Path, store: ObjectStore
) -> None:
    snapshot = snapshot_of(await scraped(folder, store), store)
    assert snapshot.refused == {"damaged": 1, "empty": 1, "unsupported_format": 2}
    everything = {Path(url).name for url in [i.url for i in snapshot.images] + [r.url for r in snapshot.refusals]}
    assert everything.isdisjoint({".DS_Store", "robin.jpg", "config", "README.txt"})


async def test_the_same_content_in_two_classes_is_two_sightings_of_one_object(folder: Path, store: ObjectStore) -> None:
    snapshot = snapshot_of(await scraped(folder, store), store)
    labels = [i.label for i in snapshot.images if "gull" in i.group]
    assert sorted(labels) == ["birds", "fruit-vegetables"]
    assert len({i.key for i in snapshot.images if "gull" in i.group}) == 1
    assert len(list(store.walk("images/"))) == 3


async def test_a_heic_file_is_stored_as_it_is_and_read_for_training(folder: Path, store: ObjectStore) -> None:
    body = heic(Image.new("RGB", (640, 480), (198, 134, 66)))
    (folder / "Birds" / "IMG_0001.HEIC").write_bytes(body)
    snapshot = snapshot_of(await scraped(folder, store), store)
    (image,) = (i for i in snapshot.images if i.key.endswith(".heic"))
    assert (image.width, image.height, store.get(image.key).body) == (640, 480, body)
    pixels = list(for_each_photo(store, [image], lambda _, data: read_pixels(data)))
    assert abs(pixels[0].mean(axis=(0, 1)) - (198, 134, 66)).max() < 4


async def test_a_folder_is_unchanged_until_a_file_comes_goes_or_moves(folder: Path, store: ObjectStore) -> None:
    first = await scraped(folder, store)
    again = await scraped(folder, store)
    assert again.unchanged
    assert again.uri == first.uri
    moved = Path(shutil.move(folder, folder.with_name("elsewhere")))
    assert (await scraped(moved, store)).unchanged
    (moved / "Birds" / "robin.png").rename(moved / "Fruit & vegetables" / "robin.png")
    assert not (await scraped(moved, store)).unchanged


async def test_a_minimum_that_was_changed_makes_a_new_snapshot(folder: Path, store: ObjectStore) -> None:
    await scraped(folder, store)
    assert not (await scraped(folder, store, minimum_images=7)).unchanged


async def test_a_class_folder_that_lost_most_of_its_images_is_a_changed_source(
    folder: Path, store: ObjectStore
) -> None:
    for i in range(4):
        (folder / "Birds" / f"more-{i}.jpg").write_bytes(picture(100 + i))
    await scraped(folder, store)
    for name in ("robin.png", *(f"more-{i}.jpg" for i in range(4))):
        (folder / "Birds" / name).unlink()
    with pytest.raises(SiteChangedError, match="birds from 6 to 1"):
        await scraped(folder, store)


async def test_another_folder_isnt_compared_with_the_last_one(folder: Path, store: ObjectStore, tmp_path: Path) -> None:
    await scraped(folder, store)
    other = tmp_path / "other"
    for name in ("Birds", "Cats"):
        (other / name).mkdir(parents=True)
        (other / name / "1.jpg").write_bytes(picture(len(name)))
    snapshot = snapshot_of(await scraped(other, store), store)
    assert {c.name for c in snapshot.classes} == {"birds", "cats"}


async def test_a_class_folder_may_be_a_link(folder: Path, store: ObjectStore, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / "birds").symlink_to(folder / "Birds")
    (linked / "plants").symlink_to(folder / "Fruit & vegetables")
    assert len(snapshot_of(await scraped(linked, store), store).images) == 4


async def test_a_folder_that_is_no_folder_of_classes_is_bad_input(store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="needs --folder"):
        await scraped(None, store)
    with pytest.raises(InvalidInputError, match="there is no folder"):
        await scraped(tmp_path / "absent", store)
    (tmp_path / "birds").mkdir()
    with pytest.raises(InvalidInputError, match=r"at least two.*found 1"):
        await scraped(tmp_path, store)
    (tmp_path / "Birds!").mkdir()
    with pytest.raises(InvalidInputError, match="both the class 'birds'"):
        await scraped(tmp_path, store)
    (tmp_path / "Birds!").rename(tmp_path / "鳥")
    with pytest.raises(InvalidInputError, match="rename"):
        await scraped(tmp_path, store)


async def test_folders_without_any_usable_image_are_bad_input(store: ObjectStore, tmp_path: Path) -> None:
    for name in ("birds", "cats"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.jpg").write_bytes(b"no image")
    with pytest.raises(SiteChangedError, match="none of the 2 images"):
        await scraped(tmp_path, store)
    assert not any("snapshots" in info.key for info in store.walk(""))


@pytest.mark.parametrize(
    ("name", "label"),
    [("Acne, cystic", "acne-cystic"), ("Rhinophyma_2", "rhinophyma-2"), ("Müller – Ähren", "muller-ahren"), ("鳥", "")],
)
def test_a_folder_s_name_becomes_a_label(name: str, label: str) -> None:
    assert label_of(name) == label


def test_a_long_name_becomes_a_label_that_is_still_a_slug() -> None:
    label = label_of("a-" * 60)
    assert len(label) <= 80
    assert not label.endswith("-")
