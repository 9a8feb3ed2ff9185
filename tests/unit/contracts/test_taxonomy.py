"""Classes come from a YAML file that a person edits, so its faults are told in a person's words."""

from pathlib import Path

import pytest

from contracts.taxonomy import Taxonomy, TaxonomyError

MINIMAL = """
schema_version: 1
name: two-kinds
category: All-Photos
minimum_images: 5
classes:
  - {name: one, display_name: One, galleries: [First, Also-First]}
  - {name: two, display_name: Two, galleries: [Second], minimum_images: 9}
"""


def test_the_shipped_taxonomy_covers_the_atlas() -> None:
    taxonomy = Taxonomy.load()
    assert len(taxonomy.classes) == 18
    assert {"acne-open-comedo", "acne-cystic", "rosacea", "milia"} <= {c.name for c in taxonomy.classes}
    assert all(c.galleries for c in taxonomy.classes)


def test_another_file_changes_the_classes_without_code(tmp_path: Path) -> None:
    path = tmp_path / "taxonomy.yaml"
    path.write_text(MINIMAL)
    taxonomy = Taxonomy.load(path)
    found = taxonomy.of_gallery("also-first")
    assert found is not None
    assert found.name == "one"
    assert taxonomy.of_gallery("Third") is None
    assert (taxonomy.minimum_of("one"), taxonomy.minimum_of("two")) == (5, 9)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("name: two,", "name: one,", "class named twice: one"),
        ("[Second]", "[first]", "gallery named twice: first"),
        ("minimum_images: 5", "minimum_images: 0", "minimum_images"),
        ("name: two,", "name: Zwei Wörter,", r"classes\.1\.name"),
        ("classes:", "klasses:", "classes"),
        ("- {name: one", "- {name: [one", "no valid YAML"),
    ],
)
def test_a_faulty_file_is_refused_by_field(old: str, new: str, message: str) -> None:
    with pytest.raises(TaxonomyError, match=message):
        Taxonomy.from_yaml(MINIMAL.replace(old, new), origin="my.yaml")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TaxonomyError, match=r"nowhere\.yaml can't be read"):
        Taxonomy.load(tmp_path / "nowhere.yaml")


def test_a_scin_condition_is_a_class_by_its_own_name_or_one_that_is_given() -> None:
    taxonomy = Taxonomy.load()
    found = {condition: taxonomy.of_scin(condition) for condition in ("rosacea", "Perioral Dermatitis", "Hidradenitis")}
    assert {condition: each and each.name for condition, each in found.items()} == {
        "rosacea": "rosacea",
        "Perioral Dermatitis": "perioral-dermatitis",
        "Hidradenitis": "hidradenitis-suppurativa",
    }
    assert taxonomy.of_scin("Acne") is None
    assert taxonomy.of_scin("Eczema") is None
