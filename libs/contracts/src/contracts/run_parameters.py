"""What a training run can be given, and which image sources and networks there are: `run_parameters.json`, typed.

That file is the one declaration. Airflow's form and the steps' options are made from it as data (`include/params.py`
reads it through the link `airflow/run_parameters.json`); everything of the workspace reads it here:

- `RunRequest` is the body that starts a run: the gateway's schema, the client's model, and so the page's form.
- `SourceName` and `ArchitectureName` are the types of fields and of typer's options that hold one of the names.
- `Annotated[int, limits("epochs")]` has a parameter's range, so that no number stands twice.
- `PARAMETERS.sources` and `.parameters` hold the texts.

To add a source or a network, name it in the file, then write what makes it (CONTRIBUTING.md). To add a parameter,
describe it there with the step and the option that takes it, and give `RunRequest` a field of its name.
"""

from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator

from contracts.manifest import Contract

_KEYWORDS = {
    "minimum": "ge",
    "maximum": "le",
    "pattern": "pattern",
    "maxLength": "max_length",
    "minItems": "min_length",
    "maxItems": "max_length",
}
"""JSON schema's words for a value's limits, and pydantic's."""


class ImageSource(Contract):
    """A source of images, as people are told of it."""

    title: str
    """What Airflow's form says beside its name."""
    name: str
    """What people call it."""
    licence: str
    """May hold Markdown links."""
    used: str
    """When it is used."""


class Parameter(Contract):
    """One parameter of a run."""

    title: str
    description: str
    default: JsonValue = None
    """None: left to the step that takes it."""
    choices: str | None = None
    """`sources` or `architectures`, for a parameter that names one of them."""
    only_for_source: str | None = None
    """The one source that needs it; a run on any other can't be given it."""
    limits: dict[str, Any] = Field(default_factory=dict, alias="schema")
    """The JSON schema of a value, for a parameter without choices."""
    options: dict[str, str]
    """The step that gets it → the option of the step's command."""


class RunParameters(Contract):
    """The whole file."""

    sources: dict[str, ImageSource]
    architectures: tuple[str, ...]
    """The first one is the trainer's own choice."""
    parameters: dict[str, Parameter]


PARAMETERS = RunParameters.from_json(
    files("contracts").joinpath("run_parameters.json").read_bytes(), origin="run_parameters.json"
)


if TYPE_CHECKING:
    SourceName = str
    ArchitectureName = str
else:  # a type checker can't read the file; pydantic and typer take these as names written here
    SourceName = Literal[tuple(PARAMETERS.sources)]
    ArchitectureName = Literal[PARAMETERS.architectures]


def limits(name: str) -> Any:
    """A parameter's limits, for `Annotated`."""
    return _field(PARAMETERS.parameters[name].limits)


def _field(schema: dict[str, Any]) -> Any:
    return Field(**{_KEYWORDS[word]: value for word, value in schema.items() if word in _KEYWORDS})


def _field_of(name: str, *, own_choice: bool = False) -> Any:
    """The description and the default of a field of `RunRequest`; with `own_choice` null is the default."""
    parameter = PARAMETERS.parameters[name]
    return Field(None if own_choice else parameter.default, description=parameter.description)


def _without_repeats(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        msg = "each class may be named once"
        raise ValueError(msg)
    return names


_Classes = Annotated[
    list[Annotated[str, _field(PARAMETERS.parameters["classes"].limits["items"])]],
    limits("classes"),
    Field(json_schema_extra={"uniqueItems": True}),
    AfterValidator(_without_repeats),
]
_ONLY_FOR = {name: each.only_for_source for name, each in PARAMETERS.parameters.items() if each.only_for_source}


class RunRequest(BaseModel):
    """What a training run shall do. What is null or left out is the pipeline's own choice."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"source": "sample"},
                {"source": "folder", "folder": "/data/photos", "epochs": 30, "margin": 0.01},
                {"source": "urls", "urls": "s3://acneflow/lists/photos.csv", "classes": ["rosacea", "milia"]},
            ],
            # the rule below, for those who read schemas
            "allOf": [
                {
                    "if": {"properties": {"source": {"const": source}}, "required": ["source"]},
                    "then": {"properties": {name: {"type": "string"}}, "required": [name]},
                    "else": {"properties": {name: {"type": "null"}}},
                }
                for name, source in _ONLY_FOR.items()
            ],
        },
    )

    source: SourceName = _field_of("source")
    folder: Annotated[str, limits("folder")] | None = _field_of("folder")
    urls: Annotated[str, limits("urls")] | None = _field_of("urls")
    classes: _Classes | None = _field_of("classes")
    architecture: ArchitectureName | None = _field_of("architecture", own_choice=True)
    epochs: Annotated[int, limits("epochs")] | None = _field_of("epochs")
    fine_tune_epochs: Annotated[int, limits("fine_tune_epochs")] | None = _field_of("fine_tune_epochs")
    margin: Annotated[float, limits("margin")] | None = _field_of("margin")
    seed: Annotated[int, limits("seed")] = _field_of("seed")
    force: bool = _field_of("force")

    @model_validator(mode="after")
    def _each_source_has_its_own(self) -> Self:
        for name, source in _ONLY_FOR.items():
            if (self.source == source) != (getattr(self, name) is not None):
                msg = f"'{name}' goes with the source '{source}', and only with it"
                raise ValueError(msg)
        return self

    def conf(self) -> dict[str, JsonValue]:
        """The parameters of the DAG run, without those that are left to the pipeline."""
        return self.model_dump(mode="json", exclude_none=True)
