"""What a production server is given, in tests: as environment, and as settings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from autom8.kernel.secrets import Secret
from autom8.security.keyring import KeyMaterial

SECRET_KEY: Final = "secret-key-of-a-production-server-0123456789"
PEPPER: Final = "pepper-of-a-production-server-9876543210-xyz"
KEYRING: Final = KeyMaterial.fresh(at=datetime.now(UTC)).text()

ENVIRONMENT: Final = {
    "AUTOM8_ENV": "production",
    "AUTOM8_SECRET_KEY": SECRET_KEY,
    "AUTOM8_PASSWORD_PEPPER": PEPPER,
    "AUTOM8_KEYRING": KEYRING,
}
SETTINGS: Final[dict[str, Any]] = {
    "env": "production",
    "secret_key": Secret(SECRET_KEY),
    "password_pepper": Secret(PEPPER),
    "keyring": Secret(KEYRING),
}
