"""Checks bills of materials against the strict JSON schema of CycloneDX 1.6, as cyclonedx-python-lib carries it."""

import pathlib
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

validator = JsonStrictValidator(SchemaVersion.V1_6)
for name in sys.argv[1:]:
    error = validator.validate_str(pathlib.Path(name).read_text(encoding="utf-8"))
    if error:
        sys.exit(f"{name}: {getattr(error.data, 'message', error)}")
    print(f"{name}: valid")
