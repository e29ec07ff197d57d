"""What an OpenAPI document says that can be asked, and the smallest request that fits."""

from collections.abc import Iterator
from typing import Any


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation of each route that a document names."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def request(operation: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """A request that fits the operation's schema, as arguments of httpx."""
    query = {p["name"]: _sample(p["schema"], document) for p in operation.get("parameters", ()) if p["in"] == "query"}
    found: dict[str, Any] = {"params": {k: v for k, v in query.items() if v is not None}}
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        sample = _sample(content["schema"], document)
        if "json" in kind:
            found["json"] = sample
        else:
            found["data"] = {k: v for k, v in sample.items() if isinstance(v, str) and k != "file"}
            found["files"] = {"file": ("note.md", b"# Note\n\nA note.\n")}
    return found


def _sample(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    """The smallest thing that fits a schema."""
    if "$ref" in schema:
        return _sample(document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], document)
    if "default" in schema or "const" in schema:
        return schema.get("default", schema.get("const"))
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _sample(schema[choice][0], document)
    if examples := schema.get("examples"):
        return examples[0]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        required = schema.get("required", ())
        return {k: _sample(v, document) for k, v in schema.get("properties", {}).items() if k in required}
    return {"string": "hello there", "integer": 0, "number": 0, "boolean": False, "array": []}.get(str(kind))
