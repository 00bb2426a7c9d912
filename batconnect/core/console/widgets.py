"""Inputs and lists of choices, drawn without a template for each.

What is drawn is what the templates would draw, but for an arrow's classes (console/tests/test_widgets.py holds that),
in a tenth of the time: a list of a hundred choices took two templates a choice. Whatever is not named here goes to its
template.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from django.forms.renderers import DjangoTemplates
from django.utils.formats import localize
from django.utils.html import conditional_escape

from batconnect.core.console.markup import escaped, put_together

_LABEL: Final = "django/forms/label.html"
_CHOICE: Final = "django/forms/widgets/select_option.html"
_WITHIN: Final = '<span class="material-symbols-outlined select-arrow">expand_more</span>'


class ConsoleRenderer(DjangoTemplates):
    """The renderer of all forms."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        draw = _DRAWN.get(template_name)
        if template_name == _LABEL:
            return put_together([_label(context)])
        drawn = draw(context["widget"]) if draw is not None else None
        if drawn is not None:
            return put_together([drawn])
        rendered: str = super().render(template_name, context, request)
        return rendered


def _attributes(attributes: Mapping[str, Any]) -> str:
    if not attributes:
        return ""
    return "".join(
        f" {conditional_escape(name)}" if value is True else f' {conditional_escape(name)}="{_text(value)}"'
        for name, value in attributes.items()
        if value is not False
    )


def _text(value: Any) -> str:
    """The value as the filter `stringformat` would give it, escaped."""
    return escaped(value if isinstance(value, str) else str(value))


def _said(value: Any) -> str:
    """The value as a template shows it."""
    return escaped(value if isinstance(value, str) else localize(value))


def _label(context: Mapping[str, Any]) -> str:
    label = _said(context["label"])
    if not context["use_tag"]:
        return label
    tag = conditional_escape(context["tag"])
    return f"<{tag}{_attributes(context['attrs'])}>{label}</{tag}>"


def _input(widget: Mapping[str, Any]) -> str:
    value = widget["value"]
    given = "" if value is None else f' value="{_text(value)}"'
    kind, name = conditional_escape(widget["type"]), conditional_escape(widget["name"])
    return f'<input type="{kind}" name="{name}"{given}{_attributes(widget["attrs"])}>'


def _framed_input(widget: Mapping[str, Any]) -> str | None:
    """The theme's box; None where something stands before or behind what is typed."""
    if any(widget.get(each) for each in ("prefix", "prefix_icon", "suffix", "suffix_icon")):
        return None
    return f'<div class="max-w-2xl relative w-full">{_input(widget)}</div>'


def _select(widget: Mapping[str, Any]) -> str | None:
    """None where the choices have a template of their own."""
    groups = list(widget["optgroups"])
    if any(each["template_name"] != _CHOICE for _, choices, _ in groups for each in choices):
        return None
    inside = "\n".join(_groups(groups))
    return f'<select name="{conditional_escape(widget["name"])}"{_attributes(widget["attrs"])}>\n{inside}\n</select>'


def _groups(groups: list[Any]) -> Iterator[str]:
    for name, choices, _ in groups:
        drawn = "\n".join(
            f'<option value="{_text(each["value"])}"{_attributes(each["attrs"])}>'
            f"{_said(each['label'])}</option>"
            for each in choices
        )
        yield f'<optgroup label="{conditional_escape(name)}">{drawn}</optgroup>' if name else drawn


def _framed_select(widget: Mapping[str, Any]) -> str | None:
    drawn = _select(widget)
    return None if drawn is None else f'<div class="grow relative max-w-2xl">{drawn}{_WITHIN}</div>'


def _textarea(widget: Mapping[str, Any]) -> str:
    value = widget["value"]
    given = _said(value) if value else ""
    return f'<textarea name="{conditional_escape(widget["name"])}"{_attributes(widget["attrs"])}>\n{given}</textarea>'


_INPUTS: Final = (
    "hidden",
    "text",
    "number",
    "email",
    "url",
    "date",
    "datetime",
    "time",
    "password",
    "checkbox",
)
_DRAWN: Final[dict[str, Callable[[Mapping[str, Any]], str | None]]] = {
    **{f"django/forms/widgets/{each}.html": _input for each in _INPUTS},
    "django/forms/widgets/select.html": _select,
    "django/forms/widgets/textarea.html": _textarea,
    "unfold/widgets/text.html": _framed_input,
    "unfold/widgets/select.html": _framed_select,
    "unfold/widgets/textarea.html": _textarea,
}
