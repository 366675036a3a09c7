"""What several routes declare: their errors, and the bodies that ninja does not read for us."""

from ninja import Query
from ninja.schema import Schema

from environments.api.schemas import Error, Problems

PROBLEMS = Problems | Error
ERRORS = {401: Error, 403: Error, 404: Error}
BODY_ERRORS = {400: PROBLEMS, 413: PROBLEMS, 415: Error, 422: PROBLEMS}

MOST_ROWS = 200
Limit = Query(50, ge=1, le=MOST_ROWS)
Offset = Query(0, ge=0, le=1_000_000)

TEXT = {"schema": {"type": "string", "description": "Azure ML environment YAML"}}
KEYS = {"schema": {"type": "object", "description": "The same keys as the YAML"}}
ARCHIVE = {
    "schema": {"type": "string", "format": "binary", "description": "environment.yml and the files it names"},
}
DEFINITION_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/yaml": TEXT, "application/json": KEYS, "application/zip": ARCHIVE},
    }
}


def json_body(schema: type[Schema]):
    """The OpenAPI of an optional JSON body."""
    return {"requestBody": {"required": False, "content": {"application/json": {"schema": schema.json_schema()}}}}
