"""The volume: one sidecar at a time, versions whole or absent, and a config file that is never half written."""

from pathlib import Path

import pytest

from serving.errors import ModelConfigError, StartError
from serving.sync.plan import VersionConfig
from serving.sync.volume import Volume


def test_a_second_sidecar_is_turned_away(tmp_path: Path) -> None:
    with Volume(tmp_path, "acne").take(), pytest.raises(StartError, match="another sidecar works on"):
        Volume(tmp_path, "acne").take()
    Volume(tmp_path, "acne").take().close()


def test_what_a_killed_sidecar_left_is_swept_unless_it_is_still_wanted_and_whole_versions_stay(tmp_path: Path) -> None:
    volume = Volume(tmp_path, "acne")
    for name in ("3", ".tmp-4", ".tmp-5", ".tmp-delete-2"):
        (tmp_path / "acne" / name / "variables").mkdir(parents=True)
    volume.take().close()
    assert {path.name for path in (tmp_path / "acne").iterdir()} == {"3", ".tmp-4", ".tmp-5"}
    volume.sweep({5})
    assert {path.name for path in (tmp_path / "acne").iterdir()} == {"3", ".tmp-5"}
    assert volume.on_disk() == {3}


def test_models_share_a_config_file_without_touching_each_others_part(tmp_path: Path) -> None:
    first, second = Volume(tmp_path, "acne"), Volume(tmp_path, "moles")
    first.take().close()
    second.prepare()
    first.write_config(VersionConfig(frozenset({1}), {"production": 1}))
    second.write_config(VersionConfig(frozenset({4}), {"production": 4}))
    first.write_config(VersionConfig(frozenset({2}), {"production": 2}))
    assert first.read_config() == VersionConfig(frozenset({2}), {"production": 2})
    assert second.read_config() == VersionConfig(frozenset({4}), {"production": 4})
    second.write_config(VersionConfig())
    assert "moles" not in first.config_file.read_text()


def test_there_is_a_config_file_from_the_start_and_it_names_no_model(tmp_path: Path) -> None:
    volume = Volume(tmp_path, "acne")
    volume.take().close()
    assert "model_config_list" in volume.config_file.read_text()
    assert volume.read_config() == VersionConfig()


def test_what_was_told_is_known_again_after_a_restart(tmp_path: Path) -> None:
    told = VersionConfig(frozenset({6, 7}), {"production": 6, "candidate": 7})
    Volume(tmp_path, "acne").take().close()
    Volume(tmp_path, "acne").write_config(told)
    assert Volume(tmp_path, "acne").read_config() == told
    assert Volume(tmp_path, "other").read_config() == VersionConfig()


def test_the_config_file_gives_the_model_server_an_absolute_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    volume = Volume(Path("relative"), "acne")
    volume.take().close()
    volume.write_config(VersionConfig(frozenset({1}), {}))
    assert f'base_path: "{tmp_path}/relative/acne"' in volume.config_file.read_text()


def test_a_config_file_of_somebody_elses_is_named(tmp_path: Path) -> None:
    volume = Volume(tmp_path, "acne")
    volume.take().close()
    volume.config_file.write_text('model_config_list { config { name: "acne" base_path: "/elsewhere" } }')
    with pytest.raises(ModelConfigError, match="isn't the sidecar's"):
        volume.read_config()
