"""Makes objects in the states that operations need, such as an order that was delivered, and compares each answer with the
document. `cargo xtask conformance` runs this before schemathesis, with the environment variables of hooks.py and

CONFORMANCE_HOME    the folder of the running shop, with its mails and the environment of its processes
"""

import base64
import email
import email.policy
import hashlib
import hmac
import json
import os
import re
import time
import urllib.request
import uuid
from collections import Counter, defaultdict
from pathlib import Path
from urllib.parse import urlsplit

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import response_schema_conformance

from staff import STAFF, STAFF_SECRET, code

SHOP = os.environ["CONFORMANCE_SHOP"]
HOME = Path(os.environ["CONFORMANCE_HOME"])
PROCESSES = json.loads((HOME / "environment.json").read_text("utf-8"))
# Without the hooks of the generated requests.
DOCUMENT = schemathesis.openapi.from_url(f"{SHOP}/openapi.json", config=SchemathesisConfig())
PASSWORD = "lantern-quiet-orbit"
SKU = "COFFEE-ESPRESSO-1KG"
ADDRESS = {"recipient": "Ada", "line1": "Hauptstr. 1", "city": "Berlin", "postal_code": "10115", "country": "DE"}
WHY = {"reason": "conformance"}
PATIENCE_S = 60

cases = 0
statuses = defaultdict(Counter)


def eventually(what, ask):
    """The first result of `ask` that is true."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if result := ask():
            return result
        time.sleep(0.2)
    raise TimeoutError(what)


class Person:
    """Sends requests with one access token, or with none."""

    def __init__(self):
        self.token = None

    def call(self, operation, path=None, body=None, headers=None, query=None):
        """The answer, which the document has, and which is a success. `path` are the parameters of the path."""
        global cases
        method, template = operation.split(" ")
        headers = dict(headers or {})
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        more = {}
        if body is not None:
            kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
            more = {"body": body, "media_type": kind}
        case = DOCUMENT[template][method].Case(path_parameters=path or {}, headers=headers, query=query or {}, **more)
        response = case.call()
        # OpenAPI 3.1 has no schema for the events of a stream; schemathesis applies that of the whole text to each.
        is_stream = "text/event-stream" in response.headers.get("content-type", [])
        case.validate_response(response, excluded_checks=[response_schema_conformance] if is_stream else None)
        cases += 1
        statuses[operation][response.status_code] += 1
        if response.status_code >= 400:
            raise AssertionError(f"{operation}: {response.status_code} {response.text}")
        return response

    def json(self, *args, **kwargs):
        return self.call(*args, **kwargs).json()

    def sign_in(self, credentials):
        session = self.json("POST /api/v1/sessions", body=credentials)
        self.token = session["access_token"]
        return session


def new_address(name):
    return f"{name}-{uuid.uuid4().hex[:12]}@example.com"


def token_mailed_to(address, subject):
    """The token in an e-mail to an address whose subject has these words."""

    def newest():
        for file in sorted((HOME / "mails").glob("*.eml"), reverse=True):
            mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            if address in mail["To"] and subject in mail["Subject"].lower():
                return re.findall(r"[A-Za-z0-9_-]{40,}", mail.get_body(("plain",)).get_content())[-1]
        return None

    return eventually(f"a mail to {address} about {subject}", newest)


def key():
    return {"Idempotency-Key": str(uuid.uuid4())}


def send(url, body, headers):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.read()


def provider(control, body):
    """Makes the sandbox misbehave, or stop it."""
    sandbox = PROCESSES["sandbox"]
    headers = {"Sandbox-Control-Key": sandbox["SANDBOX__CONTROLS__KEY"]}
    send(f"http://{sandbox['SANDBOX__HTTP__LISTEN']}/_sandbox/{control}", body, headers)


def publish_nonsense(queue):
    """A message that no consumer can read, so it becomes a dead letter."""
    broker = urlsplit(PROCESSES["rabbitmq"]["RABBITMQ_API"])
    headers = {"id": str(uuid.uuid4()), "type": "payment.capture.v1", "source": "order", "specversion": "1.0",
               "subject": str(uuid.uuid4()), "time": "2026-11-30T10:00:00Z"}
    message = {
        "properties": {"headers": {f"cloudEvents_{name}": value for name, value in headers.items()},
                       "content_type": "application/json"},
        "routing_key": queue, "payload": "{}", "payload_encoding": "string",
    }
    account = base64.b64encode(f"{broker.username}:{broker.password}".encode()).decode()
    url = f"http://{broker.hostname}:{broker.port}/api/exchanges/%2f/amq.default/publish"
    send(url, message, {"Authorization": f"Basic {account}"})


def order(customer):
    """The id of a new order."""
    customer.call("PUT /api/v1/cart/items/{sku}", {"sku": SKU}, {"quantity": 2})
    body = {"payment_method": "pm_card_visa", "shipping_address": ADDRESS}
    return customer.json("POST /api/v1/orders", body=body, headers=key())["id"]


def wait_for(customer, order_id, status):
    def ask():
        return customer.json("GET /api/v1/orders/{id}", {"id": order_id})["status"] == status

    eventually(f"the order is {status}", ask)
    return {"id": order_id}


def account():
    """Everything about a customer's own account."""
    ada = Person()
    person = {"email": new_address("ada"), "password": PASSWORD}
    ada.call("POST /api/v1/users", body={**person, "display_name": "Ada"})
    ada.call("POST /api/v1/email-verifications", body={"token": token_mailed_to(person["email"], "confirm")})
    session = ada.sign_in(person)
    ada.token = ada.json("POST /api/v1/sessions/refresh", body={"refresh_token": session["refresh_token"]})["access_token"]

    person["password"], old = f"{PASSWORD}-2", person["password"]
    ada.call("POST /api/v1/me/password", body={"current_password": old, "new_password": person["password"]})
    ada.sign_in(person)
    new = new_address("ada")
    ada.call("POST /api/v1/me/email", body={"email": new, "password": person["password"]})
    ada.call("POST /api/v1/email-changes/confirmation", body={"token": token_mailed_to(new, "confirm")})
    person["email"] = new

    ada.call("POST /api/v1/password-resets", body={"email": new})
    person["password"] = f"{PASSWORD}-3"
    token = token_mailed_to(new, "password")
    ada.call("POST /api/v1/password-resets/confirmation", body={"token": token, "new_password": person["password"]})
    ada.token = None
    ada.sign_in(person)
    return ada


def orders(ada, staff):
    """An order that is delivered and returned, and one that is cancelled."""
    ready = wait_for(ada, order(ada), "confirmed")
    for part in ["", "/page", "/payment", "/returns", "/timeline"]:
        ada.call("GET /api/v1/orders/{id}" + part, ready)
    found = staff.json("GET /api/v1/staff/customers", query={"email": ada.json("GET /api/v1/me")["email"]})
    staff.call("GET /api/v1/staff/customers/{id}", {"id": found["items"][0]["id"]})
    staff.call("POST /api/v1/staff/orders/{id}/shipment", ready, {"tracking_number": "JD014600003828"})
    wait_for(ada, ready["id"], "shipped")
    staff.call("POST /api/v1/staff/orders/{id}/delivery", ready)

    def asked():
        body = {"lines": [{"sku": SKU, "quantity": 1}], "reason": "damaged", "note": "The bag is open"}
        return {"id": ada.json("POST /api/v1/orders/{id}/returns", ready, body, key())["id"]}

    withdrawn = asked()
    ada.call("GET /api/v1/returns/{id}", withdrawn)
    ada.call("POST /api/v1/returns/{id}/withdrawal", withdrawn)
    staff.call("POST /api/v1/staff/returns/{id}/refusal", asked(), {"note": "The seal is broken"})
    staff.call("POST /api/v1/staff/returns/{id}/approval", asked(), {"note": "Received in good condition"})
    body = {"amount": {"currency": "EUR", "minor_units": 100}, "reason": "arrived late"}
    staff.call("POST /api/v1/staff/orders/{id}/refunds", ready, body, key())

    cancelled = wait_for(ada, order(ada), "confirmed")
    ada.call("POST /api/v1/orders/{id}/cancellation", cancelled)
    wait_for(ada, cancelled["id"], "cancelled")
    # The stream of an order that is over ends.
    ada.call("GET /api/v1/orders/{id}/events", cancelled)


def operations(ada, staff):
    """A saga that waits for the provider, and messages that nobody can read."""
    provider("fail", {"next": 1_000_000, "status": 503})
    waiting = {"id": order(ada)}

    def waits():
        saga = staff.json("GET /api/v1/staff/sagas/{id}", waiting)
        return saga["state"] == "in_flight" and saga["step"] == "authorize"

    eventually("the saga waits for the provider", waits)
    staff.call("POST /api/v1/staff/sagas/{id}/retry", waiting, WHY)
    staff.call("POST /api/v1/staff/sagas/{id}/compensation", waiting, WHY)
    provider("calm", {})
    wait_for(ada, waiting["id"], "rejected")

    def dead_letters():
        return staff.json("GET /api/v1/staff/dead-letters", query={"service": "payment"})["items"]

    def letter():
        publish_nonsense("payment.commands")
        return {"service": "payment", "id": eventually("there is a dead letter", dead_letters)[0]["id"]}

    first = letter()
    staff.call("GET /api/v1/staff/dead-letters/{service}/{id}", first)
    staff.call("POST /api/v1/staff/dead-letters/{service}/{id}/redrive", first, WHY)
    again = {"service": "payment", "id": eventually("it fails again", dead_letters)[0]["id"]}
    staff.call("POST /api/v1/staff/dead-letters/{service}/{id}/drop", again, WHY)

    event = json.dumps({"id": f"evt_{uuid.uuid4().hex}", "object": "event", "type": "balance.available",
                        "created": int(time.time()), "data": {"object": {"object": "balance"}}})
    signed = f"{int(time.time())}"
    secret = PROCESSES["payment"]["PAYMENT__WEBHOOKS__SECRETS"].split(",")[0]
    mac = hmac.new(secret.encode(), f"{signed}.{event}".encode(), hashlib.sha256).hexdigest()
    Person().call("POST /webhooks/stripe", body=event.encode(), headers={"Stripe-Signature": f"t={signed},v1={mac}"})


def catalog(staff):
    """A change of a discount code."""
    name = f"CONF-{uuid.uuid4().hex[:12].upper()}"
    staff.call("POST /api/v1/staff/discounts", body={"code": name, "basis_points": 500, **WHY})
    version = staff.call("GET /api/v1/staff/discounts/{code}", {"code": name}).headers["etag"][0]
    body = {"basis_points": 700, **WHY}
    staff.call("PATCH /api/v1/staff/discounts/{code}", {"code": name}, body, {"If-Match": version})


def members(staff):
    """Someone who joins the staff, proves a second factor, moves to another group, and signs out everywhere."""
    address = new_address("grace")
    invited = staff.json("POST /api/v1/staff/invitations", body={"email": address, "groups": ["support"]})
    grace = Person()
    body = {"token": token_mailed_to(address, "invit"), "password": PASSWORD, "display_name": "Grace"}
    grace.call("POST /api/v1/staff/invitations/acceptance", body=body)
    grace.sign_in({"email": address, "password": PASSWORD})
    secret = grace.json("POST /api/v1/me/second-factor")["secret"]
    confirmed = grace.json("POST /api/v1/me/second-factor/confirmation", body=code(secret))
    grace.token = confirmed["session"]["access_token"]
    staff.call("PUT /api/v1/staff/members/{id}/groups", {"id": invited["id"]}, {"groups": ["warehouse"]})
    grace.call("DELETE /api/v1/me/sessions")


def main():
    staff = Person()
    staff.sign_in(STAFF)
    staff.token = staff.json("POST /api/v1/sessions/step-up", body=code(STAFF_SECRET))["access_token"]
    catalog(staff)
    ada = account()
    orders(ada, staff)
    operations(ada, staff)
    members(staff)


try:
    main()
finally:
    with open(os.environ["CONFORMANCE_REPORT"], "w", encoding="utf-8") as file:
        json.dump({"cases": cases, "exceptions": {}, "statuses": statuses}, file)
