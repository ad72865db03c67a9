"""Every setting, read from the environment once."""

import contextlib
import os
import secrets
import socket
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from commondesk.core import texts
from commondesk.core.texts import ENGLISH


def data_folder() -> Path:
    folder = Path(os.environ.get("COMMONDESK_DATA") or "data").resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def secret_key(file: Path) -> str:
    """The key in the file; at the first start the file is made, readable by its owner alone."""
    if not file.exists():
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64) + "\n")
        # A link appears whole or not at all, and never replaces a key made meanwhile.
        with contextlib.suppress(FileExistsError):
            file.hardlink_to(draft)
        draft.unlink()
    return file.read_text().strip()


def database(url: str | None, folder: Path) -> dict[str, Any]:
    return postgresql(url) if url else sqlite(folder)


def sqlite(folder: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": folder / "commondesk.sqlite3",
        # To open the file and read its schema costs more than a page asks of it.
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            # A transaction takes the write lock when it begins: one that reads before it
            # writes can then wait for its turn instead of failing half-way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # FULL: what we have said yes to survives a power cut.
            "init_command": (
                "PRAGMA journal_mode=WAL;"
                "PRAGMA synchronous=FULL;"
                "PRAGMA mmap_size=2147418112;"
                "PRAGMA cache_size=-16000;"
                # What is erased leaves no copy behind in pages that were moved.
                "PRAGMA secure_delete=ON;"
            ),
        },
        "TEST": {"NAME": folder / "test.sqlite3"},
    }


def postgresql(url: str) -> dict[str, Any]:
    """postgres://user:password@host:port/name; ?host=/folder names a socket."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured("COMMONDESK_DATABASE_URL must begin with postgres://")
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "commondesk",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": asked.pop("host", None) or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": asked | {"pool": POOL},
    }


# A server that is back is noticed within seconds, however long it was away.
POOL = {"min_size": 1, "max_size": 16, "timeout": 20, "reconnect_timeout": 5}


def outgoing_mail(url: str | None) -> dict[str, Any]:
    """smtp://user:password@host:port?starttls=1, or smtps:// for TLS from the first byte."""
    if not url:
        return {"EMAIL_HOST": "", "EMAIL_PORT": 25}
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ImproperlyConfigured(
            "COMMONDESK_SMTP_URL must look like smtp://user:password@host:port"
        )
    is_tls = parts.scheme == "smtps"
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if is_tls else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": is_tls,
        "EMAIL_USE_TLS": parse_qs(parts.query).get("starttls") == ["1"],
    }


def host_of(address: str) -> str:
    return address.rpartition(":")[0].strip("[]")


def is_host_and_port(address: str) -> bool:
    host, _, port = address.rpartition(":")
    return bool(host) and port.isdecimal() and int(port) < 65536


def lmtp_address(address: str) -> str:
    """host:port, or unix: and the path of a socket; empty where nothing comes by LMTP."""
    is_path = address.startswith("unix:/")
    if address and not is_path and not is_host_and_port(address):
        raise ImproperlyConfigured("COMMONDESK_LMTP must look like host:port or unix:/path")
    return address


def receiver_certificate(certificate: str, key: str) -> tuple[str, str]:
    """The PEM files to speak TLS with; both or neither."""
    if bool(certificate) != bool(key):
        raise ImproperlyConfigured(
            "COMMONDESK_RECEIVER_CERTIFICATE and COMMONDESK_RECEIVER_KEY belong together; "
            "give both or neither"
        )
    return certificate, key


def networks(name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """The addresses and networks, with commas between them, that a setting lists."""
    listed = os.environ.get(name) or ""
    try:
        some = [each.strip() for each in listed.split(",") if each.strip()]
        return tuple(ip_network(each, strict=False) for each in some)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} lists addresses such as 192.0.2.1, 10.0.0.0/8: {error}"
        ) from None


def name_server(address: str) -> str:
    """The host:port to ask for names; port 53 where none is named; empty for the system's own."""
    if not address:
        return ""
    asked = address if is_host_and_port(address) and not is_ip_6(address) else f"{address}:53"
    if not is_host_and_port(asked) or (address.startswith(":") and not is_ip_6(address)):
        raise ImproperlyConfigured("COMMONDESK_DNS must look like host:port")
    return asked


def is_ip_6(address: str) -> bool:
    """Whether this is a bare address of version 6, whose colons name no port."""
    return address.count(":") > 1 and "]" not in address


def content_origin(asked: str, origin: str) -> str:
    """Where mail is shown, apart from the desk and its cookies.

    A desk on loopback has it for nothing: the other name of the same machine.
    """
    ours = urlsplit(origin)
    if not asked:
        other = {"127.0.0.1": "localhost", "localhost": "127.0.0.1", "::1": "localhost"}
        name = other.get(ours.hostname or "")
        port = f":{ours.port}" if ours.port else ""
        return f"{ours.scheme}://{name}{port}" if name else ""
    parts = urlsplit(asked)
    is_plain = parts.scheme in ("http", "https") and parts.hostname and not parts.path.strip("/")
    if not is_plain or parts.hostname == ours.hostname:
        raise ImproperlyConfigured(
            "COMMONDESK_CONTENT_ORIGIN must look like https://mail-of-desk.example.net, "
            "with another host than COMMONDESK_ORIGIN"
        )
    return asked.rstrip("/")


def per_minute(text: str) -> int:
    """How many requests a minute one token may send."""
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) <= 1_000_000:
        raise ImproperlyConfigured("COMMONDESK_API_RATE must be a number of requests, such as 600")
    return int(text)


def one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    """The value, or the first of those allowed where there is none."""
    if value and value not in allowed:
        raise ImproperlyConfigured(f"{name} is one of {', '.join(allowed)}")
    return value or allowed[0]


def proxies(count: str, *, is_https: bool) -> int:
    """How many proxies of ours stand before the desk: the one that ends TLS, unless told."""
    if count and not (count.isdecimal() and int(count) < 10):
        raise ImproperlyConfigured("COMMONDESK_PROXIES is a number from 0 to 9")
    return int(count) if count else int(is_https)


# Where things are kept

DATA = data_folder()
SECRET_KEY = os.environ.get("COMMONDESK_SECRET_KEY") or secret_key(DATA / "secret-key")
DATABASES = {"default": database(os.environ.get("COMMONDESK_DATABASE_URL"), DATA)}
# Never ATOMIC_REQUESTS: on SQLite every page read would wait for the one write lock.
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Where things are reached

WEB = os.environ.get("COMMONDESK_WEB") or "127.0.0.1:8000"
RECEIVER = os.environ.get("COMMONDESK_RECEIVER") or "127.0.0.1:2525"
ORIGIN = (os.environ.get("COMMONDESK_ORIGIN") or f"http://{WEB}").rstrip("/")
IS_HTTPS = ORIGIN.startswith("https://")
IS_DEVELOP = os.environ.get("COMMONDESK_DEVELOP") == "1"
DEBUG = IS_DEVELOP
CONTENT_ORIGIN = content_origin(os.environ.get("COMMONDESK_CONTENT_ORIGIN") or "", ORIGIN)

ALLOWED_HOSTS = sorted(
    {
        *("localhost", "127.0.0.1", "[::1]", host_of(WEB)),
        *(urlsplit(each).hostname or "" for each in (ORIGIN, CONTENT_ORIGIN)),
    }
    - {""}
)
CSRF_TRUSTED_ORIGINS = [ORIGIN]

# What it is made of

INSTALLED_APPS = [
    "commondesk.accounts",
    "commondesk.ledger",
    "commondesk.governance",
    "commondesk.desk",
    "commondesk.intake",
    "commondesk.review",
    "commondesk.planning",
    "commondesk.guide",
    "commondesk.sample",
    "commondesk.api",
    "commondesk.site",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "commondesk.site.middleware.no_store",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "commondesk.accounts.doors.languages.in_their_language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "commondesk.accounts.doors.middleware.at_the_door",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "commondesk.site.urls"
WSGI_APPLICATION = "commondesk.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {
            "environment": "commondesk.site.jinja.environment",
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.Jinja2"
# Our own texts come from core.texts; this is for what the libraries say.
USE_I18N = True
LANGUAGE_CODE = ENGLISH
LANGUAGES = list(texts.LANGUAGES.items())
FORMAT_MODULE_PATH = "commondesk.site.formats"
USE_TZ = True
TIME_ZONE = "UTC"

# People and sessions

AUTH_USER_MODEL = "accounts.Person"
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60
SESSION_ENGINE = "commondesk.accounts.doors.session_store"
# The __Host- prefix binds a cookie to this host and to https.
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = IS_HTTPS
# How long a session lives unused; accounts.doors.sessions carries it on, up to a week.
SESSION_COOKIE_AGE = 12 * 60 * 60
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = IS_HTTPS

# At the doors: allauth, with what accounts.doors says

AUTHENTICATION_BACKENDS = ["commondesk.accounts.doors.backend.PeopleBackend"]
SECOND_FACTOR = one_of(
    "COMMONDESK_SECOND_FACTOR", os.environ.get("COMMONDESK_SECOND_FACTOR") or "", ("off", "agents")
)
ALLAUTH_TRUSTED_PROXY_COUNT = proxies(os.environ.get("COMMONDESK_PROXIES") or "", is_https=IS_HTTPS)
ACCOUNT_ADAPTER = "commondesk.accounts.doors.adapter.Doors"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "address"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_SESSION_REMEMBER = True
# A whole company may sign in from one address at nine; one password is tried five times.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "20/m/ip,5/5m/key",
    "reset_password": "20/m/ip,5/h/key",
}
ACCOUNT_FORMS = {
    "login": "commondesk.accounts.doors.forms.SignIn",
    "reset_password": "commondesk.accounts.doors.forms.Forgot",
    "reset_password_from_key": "commondesk.accounts.doors.forms.Reset",
    "user_token": "commondesk.accounts.doors.forms.ResetKey",
    "change_password": "commondesk.accounts.doors.forms.ChangePassword",
    "reauthenticate": "commondesk.accounts.doors.forms.Again",
}
MFA_ADAPTER = "commondesk.accounts.doors.adapter.Factors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# A passkey asks who is there (a finger, a face, a number), and so is two factors in one.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_TOTP_TOLERANCE = 1
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
MFA_RECOVERY_CODE_DIGITS = 10
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_FORMS = {
    "authenticate": "commondesk.accounts.doors.forms.Code",
    "reauthenticate": "commondesk.accounts.doors.forms.CodeAgain",
    "activate_totp": "commondesk.accounts.doors.forms.AddApp",
    "add_webauthn": "commondesk.accounts.doors.forms.AddPasskey",
    "authenticate_webauthn": "commondesk.accounts.doors.forms.Passkey",
    "login_webauthn": "commondesk.accounts.doors.forms.PasskeyAlone",
    "reauthenticate_webauthn": "commondesk.accounts.doors.forms.PasskeyAgain",
}
# What is counted at the doors is counted for all processes together.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "commondesk_cache",
        # Far more than one attacker can fill to have others forgotten: each try is limited.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
}

# What the browser is told

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if IS_HTTPS:
    # The desk listens on loopback; the proxy in front of it ends TLS and must set this header.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60

# What a request may weigh

DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000  # a charter is one long form
# More than anybody may send, so that our own sentence can name the file that is one too many.
DATA_UPLOAD_MAX_NUMBER_FILES = 200
FILE_UPLOAD_PERMISSIONS = 0o600

# How often programs may ask

API_RATE = per_minute(os.environ.get("COMMONDESK_API_RATE") or "600")

# Files for the browser

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA / "files"},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if IS_DEVELOP
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = IS_DEVELOP
WHITENOISE_AUTOREFRESH = IS_DEVELOP

# Mail coming in

LMTP = lmtp_address(os.environ.get("COMMONDESK_LMTP") or "")
RECEIVER_CERTIFICATE, RECEIVER_KEY = receiver_certificate(
    os.environ.get("COMMONDESK_RECEIVER_CERTIFICATE") or "",
    os.environ.get("COMMONDESK_RECEIVER_KEY") or "",
)
RECEIVER_NAME = os.environ.get("COMMONDESK_RECEIVER_NAME") or socket.gethostname()
TRUSTED_RELAYS = networks("COMMONDESK_TRUSTED_RELAYS")
# Where a mailbox that somebody enters on a page may lie, beside the open internet.
MAIL_NETWORKS = networks("COMMONDESK_MAIL_NETWORKS")
AUTHENTICATION_HOST = (os.environ.get("COMMONDESK_AUTHENTICATION_HOST") or "").strip().lower()
DNS = name_server(os.environ.get("COMMONDESK_DNS") or "")

# Mail going out; without COMMONDESK_SMTP_URL there is no host and nothing is sent.

MAIL = outgoing_mail(os.environ.get("COMMONDESK_SMTP_URL"))
EMAIL_HOST = MAIL["EMAIL_HOST"]
EMAIL_PORT = MAIL["EMAIL_PORT"]
EMAIL_HOST_USER = MAIL.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = MAIL.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_SSL = MAIL.get("EMAIL_USE_SSL", False)
EMAIL_USE_TLS = MAIL.get("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 30

# What is told while it runs

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "commondesk.site.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("COMMONDESK_LOG") or "INFO"},
    "loggers": {"django": {"handlers": [], "propagate": True}},
}
