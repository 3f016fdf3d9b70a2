"""What `cargo xtask conformance` adds to schemathesis: a session, the refusals that no schema can foresee, and a count of
what was reached. It sets these environment variables:

CONFORMANCE_SHOP    the URL of the shop
CONFORMANCE_ROLE    guest, customer or staff
CONFORMANCE_REPORT  the file for the counts, which is written at the end of the run
"""

import atexit
import json
import os
import re
import time
import urllib.request
from collections import Counter, defaultdict

import schemathesis
from schemathesis.specs.openapi.checks import RejectedPositiveData, positive_data_acceptance

from staff import STAFF, STAFF_SECRET, code

# A request that the schema allows may be refused for these reasons only. A kind has the types of its problems, and, for
# `validation-failed` and `query-invalid`, what each field with its message matches.
EXCEPTIONS = {
    # None can be made up: the shop or its provider signs them, or computes the last character.
    "computed value": (
        ["page-token-invalid", "cart-token-invalid", "verification-invalid", "email-change-invalid",
         "password-reset-invalid", "invitation-invalid", "webhook-signature-invalid", "code-invalid"],
        r": is not an order number",
    ),
    "unknown discount code": (["discount-invalid"], None),
    "reused idempotency key": (["idempotency-key-reused"], None),
    "state of the shop": (
        ["product-changed", "category-changed", "discount-changed"],
        r": must be (the slug of an existing category|another address)",
    ),
    "offer of the shop": (["currency-mismatch", "destination-not-served"], r": must be .*currenc"),
    "rule of two fields": ([], r"(: (must (be after|be later than|not be below|not be there twice)|needs )|^note: must be 1 to)"),
    "rule of URLs": ([], r"\.url: must be an absolute path or an https URL"),
    "rule of a country": ([], r"(postal code|state or province|must be empty|is required for|\.city: must be 1 to)"),
    "guessable password": ([], r": must not be a common password"),
    "invisible characters": ([], r"(invisible|visible character|letter or digit)"),
}

cases = Counter()
exceptions = Counter()
statuses = defaultdict(Counter)


def exception_of(response):
    """The kind of a refusal; none if the schema should have foreseen it."""
    try:
        problem = response.json()
    except ValueError:
        return None
    name = problem.get("type", "").removeprefix("/problems/")
    messages = [f"{error['field']}: {error['message']}" for error in problem.get("errors", [])]
    for kind, (types, _) in EXCEPTIONS.items():
        if name in types:
            return kind
    if name not in ("validation-failed", "query-invalid"):
        return None
    patterns = {kind: pattern for kind, (_, pattern) in EXCEPTIONS.items() if pattern}
    kinds = [next((kind for kind in patterns if re.search(patterns[kind], message)), None) for message in messages]
    return kinds[0] if kinds and all(kinds) else None


ROLE = os.environ["CONFORMANCE_ROLE"]
# Not the customer of the examples, whose password generated requests guess until the account is throttled.
CUSTOMER = {"email": f"conformance-{time.time_ns()}@example.com", "password": "correct-horse-battery"}


def post(path, body, token=None):
    """The answer's body."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    url = f"{os.environ['CONFORMANCE_SHOP']}/api/v1{path}"
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


class Session:
    """Signs in; staff prove their second factor too."""

    def get(self, case, context):
        token = post("/sessions", STAFF if ROLE == "staff" else CUSTOMER)["access_token"]
        if ROLE == "staff":
            token = post("/sessions/step-up", code(STAFF_SECRET), token)["access_token"]
        return token

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


if ROLE == "customer":
    post("/users", {**CUSTOMER, "display_name": "Conformance"})
if ROLE != "guest":
    # An access token of staff lives for 300 s.
    schemathesis.auth(refresh_interval=240)(Session)


@schemathesis.check
def accepts_what_the_schema_allows(ctx, response, case):
    try:
        return positive_data_acceptance(ctx, response, case)
    except RejectedPositiveData:
        kind = exception_of(response)
        if kind is None:
            raise
        exceptions[kind] += 1
        return None


@schemathesis.hook
def after_call(context, case, response):
    cases[case.operation.label] += 1
    statuses[case.operation.label][response.status_code] += 1


def write_report():
    path = os.environ.get("CONFORMANCE_REPORT")
    if path and cases:
        report = {"cases": cases.total(), "exceptions": exceptions, "statuses": statuses}
        with open(path, "w", encoding="utf-8") as file:
            json.dump(report, file)


atexit.register(write_report)
