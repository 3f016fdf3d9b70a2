"""The demo staff account, and codes of second factors."""

import base64
import hashlib
import hmac
import time

STAFF = {"email": "staff@example.com", "password": "correct-horse-battery-staff"}
STAFF_SECRET = base64.b32encode(b"mercantile-demo-only").decode()


def code(secret):
    """A code of a second factor (RFC 6238). A code is accepted once, so this waits for the next one."""
    time.sleep(30 - time.time() % 30)
    mac = hmac.new(base64.b32decode(secret), int(time.time() // 30).to_bytes(8, "big"), hashlib.sha1).digest()
    start = mac[-1] & 15
    return {"code": f"{(int.from_bytes(mac[start:start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"}
