"""Documents for people, from the Jinja templates beside this file."""

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape


def render(template: str, **values: object) -> str:
    """Fill a template of `templates/`; HTML ones escape what they are given, and a missing value is an error."""
    environment = Environment(
        loader=PackageLoader("trainer"),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(template).render(**values)
