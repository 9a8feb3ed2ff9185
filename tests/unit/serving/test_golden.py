"""A version proves itself by what it said of the golden pictures when it was published."""

import numpy as np
import pytest

from serving.errors import VersionRefusedError
from serving.model_client import GOLDEN_TOLERANCE, check_golden
from support.versions import Versions


def test_the_published_predictions_pass_and_so_does_what_lies_within_the_tolerance(versions: Versions) -> None:
    description = versions.describe(1)
    classes = [label.name.encode() for label in description.classes]
    golden = np.array(description.golden, np.float32)
    check_golden(description, golden, classes)
    check_golden(description, golden + np.float32(GOLDEN_TOLERANCE * 0.9), classes)


def test_other_predictions_fail(versions: Versions) -> None:
    description, other = versions.describe(1), versions.describe(2)
    classes = [label.name.encode() for label in description.classes]
    with pytest.raises(VersionRefusedError, match=r"differ from model.json by up to 0\.\d+"):
        check_golden(description, np.array(other.golden, np.float32), classes)


def test_numbers_that_are_none_fail(versions: Versions) -> None:
    description = versions.describe(1)
    classes = [label.name.encode() for label in description.classes]
    golden = np.array(description.golden, np.float32)
    golden[0, 0] = np.nan
    with pytest.raises(VersionRefusedError, match="nan"):
        check_golden(description, golden, classes)


def test_other_classes_or_another_number_of_them_fail(versions: Versions) -> None:
    description = versions.describe(1)
    classes = [label.name.encode() for label in description.classes]
    golden = np.array(description.golden, np.float32)
    with pytest.raises(VersionRefusedError, match="answers with the classes"):
        check_golden(description, golden, classes[::-1])
    with pytest.raises(VersionRefusedError, match="of shape"):
        check_golden(description, golden[:, :-1], classes)
