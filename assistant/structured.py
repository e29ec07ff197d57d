"""JSON asked of a model and found in what it answers: models wrap it in fences and pleasantries."""

import json
from typing import Any

from pydantic import ValidationError


def with_schema(content: str, schema: dict[str, Any]) -> str:
    """A prompt that asks for JSON of a schema; servers differ in whether they heed the request's."""
    return f"{content}\n\nAnswer with JSON only, of this schema:\n{json.dumps(schema, separators=(',', ':'))}"


def json_part(text: str) -> str:
    """The outermost braces of ``text``, or all of it."""
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text


def brief(error: ValidationError) -> str:
    """The first five faults, by field; nothing of what the model wrote."""
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'answer'}: {e['msg']}" for e in error.errors()[:5])
