"""The base of all answers."""

from typing import Any

from pydantic import BaseModel, ConfigDict


def _require_all(schema: dict[str, Any]) -> None:
    schema["required"] = list(schema.get("properties", ()))
    for field in schema.get("properties", {}).values():
        field.pop("default", None)


class Answer(BaseModel):
    """Something that the gateway answers.

    The gateway sends every field, so the OpenAPI document calls all of them required. A default is what the client
    takes for a field that an older gateway doesn't send.
    """

    model_config = ConfigDict(frozen=True, json_schema_extra=_require_all)
