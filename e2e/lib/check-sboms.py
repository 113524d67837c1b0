"""Judges SBOMs: see check-sboms.sh."""

import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from ntia_conformance_checker import SbomChecker
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document


def check_cyclonedx(path):
    with open(path, encoding="utf-8") as file:
        errors = JsonStrictValidator(SchemaVersion.V1_6).validate_str(file.read(), all_errors=True)
    return [str(error)[:500] for error in errors or []]


def check_spdx(path):
    messages = [each.validation_message for each in validate_full_spdx_document(parse_file(path))]
    checker = SbomChecker(path, compliance="ntia", sbom_spec="spdx2")
    if not checker.compliant:
        messages.append(f"does not have the minimum elements of NTIA: {checker.output_json()}")
    return messages


def main(paths):
    wrong = 0
    for path in paths:
        for message in (check_spdx if path.endswith(".spdx.json") else check_cyclonedx)(path):
            wrong += 1
            print(f"{path}: {message}", file=sys.stderr)
    print(f"{len(paths)} checked, {wrong} wrong")
    return min(wrong, 1)


sys.exit(main(sys.argv[1:]))
