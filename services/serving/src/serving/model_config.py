"""TensorFlow Serving's model config file: which versions of which models to load, and what their labels are.

The sidecar writes it, the model server reads it (https://www.tensorflow.org/tfx/serving/serving_config).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from google.protobuf import text_format

from serving.errors import ModelConfigError
from wire import serving_pb2 as pb

PLATFORM = "tensorflow"
"""What TensorFlow Serving calls a SavedModel."""


class Policy(Protocol):
    def select(self, on_disk: Collection[int]) -> frozenset[int]:
        """Those of `on_disk` that are wanted."""


@dataclass(frozen=True, slots=True)
class Specific:
    versions: frozenset[int]

    def select(self, on_disk: Collection[int]) -> frozenset[int]:
        return self.versions & frozenset(on_disk)


@dataclass(frozen=True, slots=True)
class Latest:
    """The highest numbers; what TensorFlow Serving does when nothing else is said."""

    count: int = 1

    def select(self, on_disk: Collection[int]) -> frozenset[int]:
        return frozenset(sorted(on_disk)[-self.count :])


@dataclass(frozen=True, slots=True)
class All:
    def select(self, on_disk: Collection[int]) -> frozenset[int]:
        return frozenset(on_disk)


@dataclass(frozen=True, slots=True)
class ModelConfig:
    name: str
    base_path: Path
    policy: Policy = Latest()
    labels: Mapping[str, int] = field(default_factory=dict)


def parse(text: str, *, origin: str) -> tuple[ModelConfig, ...]:
    try:
        message = text_format.Parse(text, pb.ModelServerConfig())
    except text_format.ParseError as error:
        raise ModelConfigError(f"{origin} is no ModelServerConfig in protobuf text format: {error}") from error
    return from_message(message, origin=origin)


def from_message(message: pb.ModelServerConfig, *, origin: str) -> tuple[ModelConfig, ...]:
    """Check a config as it came over the wire.

    Raises:
        ModelConfigError: if a model has no name or no absolute base path, or stands there twice.
    """
    configs = tuple(_model(config, origin) for config in message.model_config_list.config)
    for name, count in Counter(config.name for config in configs).items():
        if count > 1:
            raise ModelConfigError(f"{origin} names model {name!r} more than once")
    return configs


def to_message(configs: Iterable[ModelConfig]) -> pb.ModelServerConfig:
    message = pb.ModelServerConfig(model_config_list=pb.ModelConfigList())
    for config in configs:
        entry = message.model_config_list.config.add()
        entry.name, entry.base_path, entry.model_platform = config.name, str(config.base_path), PLATFORM
        entry.version_labels.update(config.labels)
        match config.policy:
            case Specific(versions):
                entry.model_version_policy.specific.versions.extend(sorted(versions))
            case Latest(count):
                entry.model_version_policy.latest.num_versions = count
            case All():
                entry.model_version_policy.all.SetInParent()
    return message


def render(configs: Iterable[ModelConfig]) -> str:
    return text_format.MessageToString(to_message(configs))


def _model(config: pb.ModelConfig, origin: str) -> ModelConfig:
    base_path = Path(config.base_path)
    if not config.name or not base_path.is_absolute():
        msg = f"{origin}: a model needs a name and an absolute base path, got {config.name!r} and {config.base_path!r}"
        raise ModelConfigError(msg)
    return ModelConfig(config.name, base_path, _policy(config.model_version_policy), dict(config.version_labels))


def _policy(policy: pb.ServableVersionPolicy) -> Policy:
    match policy.WhichOneof("policy_choice"):
        case "specific":
            return Specific(frozenset(policy.specific.versions))
        case "all":
            return All()
        case _:
            return Latest(policy.latest.num_versions or 1)
