"""All settings, read from the environment (`.env` too). What each name means: `.env.example`.

Without any setting the product runs on a laptop: SQLite, letters as files, a broker in a folder. A SITE_URL that
begins with https:// means real readers: `manage.py check --deploy` then says what is still missing.
"""

import os
from datetime import timedelta
from email.headerregistry import Address
from email.utils import parseaddr
from math import ceil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from deploy import broker
from deploy.env import Environment, private_file, private_folder, refuse_weak_webhook_secret
from subscriptions.letter_languages import LETTER_LANGUAGES

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment(os.environ)
env.load_dotenv(BASE_DIR / ".env")
# Before anything imports numpy. Products here are small and processes share the cores: OpenBLAS's threads would spend
# their time waiting for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# --- where things are -----------------------------------------------------------------------------------------------
HOME = Path(env.text("PREPRINT_POST_HOME", str(BASE_DIR / "var"))).resolve()
private_folder(HOME)
MAILBOX = HOME / "mailbox"

DEBUG = env.flag("DEBUG")
SITE_URL = env.site_address("SITE_URL", "http://localhost:8000")
PRODUCTION = SITE_URL.startswith("https://") and not DEBUG
SECRET_KEY = env.secret_key(HOME, production=PRODUCTION)
SUPPRESSION_KEY = env.suppression_key(HOME, SECRET_KEY, production=PRODUCTION)
SECRET_KEY_FALLBACKS = env.former_secret_keys(production=PRODUCTION)
SITE_NAME = env.line("SITE_NAME", "Preprint Post")
ALLOWED_HOSTS = [urlsplit(SITE_URL).hostname or "localhost", "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# --- what runs ------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "deploy.apps.Deployment",
    "deploy.apps.OperatorsAdmin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",  # the templates of form fields, for subscriptions/forms.py
    "anymail",
    "csp",
    "subscriptions",
    "digest",
]
MIDDLEWARE = [
    "deploy.head_requests.answer_without_body",
    "deploy.health.HealthPages",
    "deploy.request_counts.count_requests",
    "django.middleware.security.SecurityMiddleware",
    "deploy.readable_requests.RefuseUnreadable",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "subscriptions.links.mended_paths.mend_mailed_links",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "deploy.private_answers.mark_private_answers",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
if DEBUG:  # the demo: Django would show what is for developers
    MIDDLEWARE.append("deploy.error_pages.ShowOwnNotFound")
ROOT_URLCONF = "deploy.urls"
WSGI_APPLICATION = "deploy.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "subscriptions.context_processors.site",
            ]
        },
    }
]
STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns when it is missing
STATICFILES_DIRS = [BASE_DIR / "templates" / "static"]

# --- database -------------------------------------------------------------------------------------------------------
_database_pool = env.number("DATABASE_POOL", 8, least=1)
DATABASES: dict[str, Any] = {"default": env.database("DATABASE_URL", f"sqlite:///{HOME / 'preprint-post.sqlite3'}")}
if "sqlite3" in DATABASES["default"]["ENGINE"]:
    private_file(DATABASES["default"]["NAME"])
    # Without the first two and the journal, two writers at once end in "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # Letters noted as on their way, and who has left, must outlive a power cut, which NORMAL does not promise.
        "init_command": "PRAGMA synchronous=FULL;",  # the journal: digest/infra/sqlite_wal.py
    }
elif "postgresql" in DATABASES["default"]["ENGINE"]:
    # A restarted database must not cost an error per connection that was open before.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # Seconds that one try waits for a connection. A drain that waits for the database (digest/infra/database_retry.py)
    # and then gives back its letters must end before its service manager kills it.
    pool = {"min_size": 1, "max_size": _database_pool, "timeout": 5.0}
    DATABASES["default"]["OPTIONS"] = {**DATABASES["default"].get("OPTIONS", {}), "pool": pool}

# --- pages ----------------------------------------------------------------------------------------------------------
# How long a web process gives the same answer to everybody who asks for a public page (subscriptions/page_cache.py).
PAGE_CACHE_SECONDS = env.number("PAGE_CACHE_SECONDS", 0 if DEBUG else 60, least=0, most=3600)
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # The answers asked for last, compressed: most are 10 KB, none is more than 100 KB.
    "pages": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "pages",
        "OPTIONS": {"MAX_ENTRIES": 500},
    },
}

# --- mail -----------------------------------------------------------------------------------------------------------
_mail_server = env.mail_server("EMAIL_URL")
EMAIL_BACKEND = env.text("EMAIL_BACKEND", _mail_server.backend)
EMAIL_HOST = _mail_server.host
EMAIL_PORT = _mail_server.port
EMAIL_HOST_USER = env.secret("EMAIL_HOST_USER", _mail_server.user)
EMAIL_HOST_PASSWORD = env.secret("EMAIL_HOST_PASSWORD", _mail_server.password)
EMAIL_USE_SSL = _mail_server.use_ssl
EMAIL_USE_TLS = _mail_server.use_tls
EMAIL_TIMEOUT = 30  # seconds
EMAIL_FILE_PATH = str(MAILBOX)
SMTP_CONNECTIONS = env.number("SMTP_CONNECTIONS", 8, least=1, most=64)
LOGBOOKS = HOME / "logbooks"
ANYMAIL: dict[str, Any] = env.with_prefix("ANYMAIL_")
# Who opens a letter is nobody's business. These providers can be told so with each letter; of others the privacy page
# says that it cannot know.
_told = ("MAILERSEND", "MAILGUN", "MAILJET", "MANDRILL", "POSTMARK", "SENDGRID", "SPARKPOST", "UNISENDER_GO")
ANYMAIL |= {f"{name}_SEND_DEFAULTS": {"track_opens": False, "track_clicks": False} for name in _told}
if PRODUCTION:
    refuse_weak_webhook_secret(ANYMAIL.get("WEBHOOK_SECRET", ""))
API_CONNECTIONS = env.number("API_CONNECTIONS", 8, least=1, most=64)
SES_TOPICS = env.text("SES_TOPICS").split()
# A provider's report on a thousand letters and more; deploy/Caddyfile keeps forms smaller. What is larger is
# not read, whatever it is (bounded_bodies.py).
DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000_000
_site_host = urlsplit(SITE_URL).hostname or "localhost"
_mail_domain = "localhost" if ":" in _site_host else _site_host  # no address ends in a bare IPv6 address
DEFAULT_FROM_EMAIL = env.mailbox("FROM_EMAIL", str(Address(SITE_NAME, "letters", _mail_domain)))
SERVER_EMAIL = DEFAULT_FROM_EMAIL
REPLY_TO = env.mailbox("REPLY_TO")
# What our SMTP client calls itself. Receivers compare it with the sender, and refuse names such as localhost.
EHLO_NAME = env.host("EHLO_NAME", parseaddr(DEFAULT_FROM_EMAIL)[1].rpartition("@")[2])
# What is asked of DNS about the sender: digest/deliverability.
DKIM_SELECTORS = env.hosts("DKIM_SELECTORS")
SENDING_HOSTS = env.hosts("SENDING_HOSTS")
DNS_SERVERS = env.name_servers("DNS_SERVERS")
OPERATOR_NAME = env.line("OPERATOR_NAME")
POSTAL_ADDRESS = env.text("POSTAL_ADDRESS")
CONTACT_EMAIL = env.text("CONTACT_EMAIL")
# Who is told that letters are paused, and the arguments of the mail backend that tells it: the usual one where empty.
ALERT_EMAIL = "" if env.text("ALERT_EMAIL") == "none" else env.mailbox("ALERT_EMAIL", CONTACT_EMAIL)
ALERT_MAIL_SERVER = env.mail_server("ALERT_EMAIL_URL").as_backend_arguments() if env.key("ALERT_EMAIL_URL") else {}
ALERT_URLS = env.addresses("ALERT_URL")
# Whether an edition's letters wait for somebody's click, how long, and what happens then.
APPROVAL = env.flag("APPROVAL")
APPROVAL_WINDOW = env.duration("APPROVAL_WINDOW", "3h", least=timedelta(minutes=5), most=timedelta(days=2))
APPROVAL_DEFAULT = env.choice("APPROVAL_DEFAULT", "send", ("send", "hold"))
# What a Prometheus shows to read /metrics. Without it there is no such page.
METRICS_TOKEN = env.secret("METRICS_TOKEN")
# By this hour, UTC, the papers of a working day should be there.
PAPERS_DUE_HOUR = env.number("PAPERS_DUE_HOUR", 12, least=0, most=23)
# True in tests: confirmations and links go out within the request that asks for them.
ERRANDS_INLINE = False
UNCERTAIN_LETTERS = env.choice("UNCERTAIN_LETTERS", "leave", ("leave", "retry"))
DELIVERY_WINDOW = env.duration("DELIVERY_WINDOW", "18h", least=timedelta(hours=1), most=timedelta(days=7))
RATE_LIMIT = env.rate("RATE_LIMIT")
DOMAIN_RATE_LIMITS = env.rates("DOMAIN_RATE_LIMITS")
SOFT_BOUNCES = env.number("SOFT_BOUNCES", 5)
SOFT_BOUNCE_TIME = env.duration("SOFT_BOUNCE_TIME", "14d", least=timedelta(days=1), most=timedelta(days=365))

# --- what is kept how long (days): digest/retention.py deletes it ----------------------------------------------------
KEEP_UNCONFIRMED_DAYS = env.number("KEEP_UNCONFIRMED_DAYS", 14, least=8, most=365)
KEEP_FORMER_INTERESTS_DAYS = env.number("KEEP_FORMER_INTERESTS_DAYS", 30, least=1, most=365)
# The weak links in a letter end when the letter does: subscriptions/links/tokens.py.
KEEP_LETTERS_DAYS = env.number("KEEP_LETTERS_DAYS", 120, least=30, most=3650)
# EVENTS_KEPT, a duration, is the name that it had before.
_events_kept = env.duration(
    "EVENTS_KEPT", "180d", least=max(timedelta(days=90), 2 * SOFT_BOUNCE_TIME), most=timedelta(days=3650)
)
_least_events = max(90, ceil(2 * SOFT_BOUNCE_TIME / timedelta(days=1)))
KEEP_EVENTS_DAYS = env.number("KEEP_EVENTS_DAYS", _events_kept.days, least=_least_events, most=3650)
# A letter's row outlives its events and its page.
_least_seen = max(90, KEEP_LETTERS_DAYS, KEEP_EVENTS_DAYS)
KEEP_SEEN_PAPERS_DAYS = env.number("KEEP_SEEN_PAPERS_DAYS", max(400, _least_seen), least=_least_seen, most=3650)
KEEP_RUNS_DAYS = env.number("KEEP_RUNS_DAYS", 180, least=30, most=3650)
KEEP_ERRANDS_DAYS = env.number("KEEP_ERRANDS_DAYS", 30, least=8, most=365)

# --- the outside ----------------------------------------------------------------------------------------------------
ARXIV_API_URL = env.address("ARXIV_API_URL", "https://export.arxiv.org/api/query")
ARXIV_RSS_URL = env.address("ARXIV_RSS_URL", "https://rss.arxiv.org")
ARXIV_OAI_URL = env.address("ARXIV_OAI_URL", "https://oaipmh.arxiv.org/oai")
SIGNALS = env.flag("SIGNALS", default=True)
TRENDING_AUTHOR_HISTORY = env.flag("TRENDING_AUTHOR_HISTORY", default=True)
HUGGINGFACE_API_URL = env.address("HUGGINGFACE_API_URL", "https://huggingface.co/api/daily_papers")
GITHUB_API_URL = env.address("GITHUB_API_URL", "https://api.github.com")
GITHUB_TOKEN = env.key("GITHUB_TOKEN")
OPENAI_BASE_URL = env.address("OPENAI_BASE_URL")
OPENAI_API_KEY = env.key("OPENAI_API_KEY")
OPENAI_MODEL = env.text("OPENAI_MODEL", "gpt-4o-mini")
OPENAI_PRICE_IN = env.amount("OPENAI_PRICE_IN", "0.15")
OPENAI_PRICE_OUT = env.amount("OPENAI_PRICE_OUT", "0.60")
OPENAI_FALLBACK_MODEL = env.text("OPENAI_FALLBACK_MODEL")
OPENAI_FALLBACK_BASE_URL = env.address("OPENAI_FALLBACK_BASE_URL")
OPENAI_FALLBACK_API_KEY = env.key("OPENAI_FALLBACK_API_KEY")
OPENAI_FALLBACK_PRICE_IN = env.amount("OPENAI_FALLBACK_PRICE_IN", str(OPENAI_PRICE_IN))
OPENAI_FALLBACK_PRICE_OUT = env.amount("OPENAI_FALLBACK_PRICE_OUT", str(OPENAI_PRICE_OUT))
OPENAI_EXTRA_BODY = env.json_object("OPENAI_EXTRA_BODY", reserved=("model", "messages", "stream", "n"))
OPENAI_EMBEDDING_MODEL = env.text("OPENAI_EMBEDDING_MODEL")
OPENAI_EMBEDDING_BASE_URL = env.address("OPENAI_EMBEDDING_BASE_URL")
OPENAI_EMBEDDING_API_KEY = env.key("OPENAI_EMBEDDING_API_KEY")
OPENAI_EMBEDDING_PRICE = env.amount("OPENAI_EMBEDDING_PRICE", "0.02")
LLM_DAILY_BUDGET = env.amount("LLM_DAILY_BUDGET", "0")
LLM_MAX_CALLS = env.number("LLM_MAX_CALLS", 0)
LLM_CONCURRENCY = env.number("LLM_CONCURRENCY", 8, least=1)
LLM_TIMEOUT = env.number("LLM_TIMEOUT", 60, least=1)

# --- tasks ----------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = env.broker("CELERY_BROKER_URL", "filesystem://localhost")
CELERY_BROKER_TRANSPORT = broker.transport(CELERY_BROKER_URL)
LETTER_WORKERS = env.number("LETTER_WORKERS", 2, least=1)
BROKER_FOLDER = HOME / "broker"
CELERY_BROKER_TRANSPORT_OPTIONS = broker.transport_options(CELERY_BROKER_URL, BROKER_FOLDER)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_QUEUES: dict[str, dict[str, Any]] = {name: {} for name in broker.QUEUES}
CELERY_TASK_DEFAULT_QUEUE = "errands"
CELERY_TASK_ROUTES = broker.task_routes()
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
# A worker that goes away leaves its messages to others. A message whose worker was killed by it is not given to the
# next one: the scheduler asks again for whatever is in it, and the database knows what was done.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# The processes of a worker may take longer than the default of four seconds to begin where many start at once.
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 60.0
CELERY_BEAT_SCHEDULE_FILENAME = str(BROKER_FOLDER / "beat")
# Announcements follow US Eastern time, and so does the schedule.
CELERY_TIMEZONE = "America/New_York"

# --- languages and time ---------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [(language.django_code, language.own_name) for language in LETTER_LANGUAGES.values()]
LOCALE_PATHS = [BASE_DIR / "templates" / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

# --- safety ---------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "style-src": ["'self'"],
        "script-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-src": ["'self'"],
        "frame-ancestors": ["'self'"],
        "base-uri": ["'none'"],
        "manifest-src": ["'self'"],
    }
}
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
X_FRAME_OPTIONS = "SAMEORIGIN"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY") else None
TRUSTED_PROXIES = env.trusted_proxies()
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PRODUCTION
_hsts_seconds = env.number("HSTS_SECONDS", 31_536_000)
SECURE_HSTS_SECONDS = _hsts_seconds if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("HSTS_SUBDOMAINS", default=True) and PRODUCTION
# Browsers then know of it before the first visit, and for years after nobody wants it any more.
SECURE_HSTS_PRELOAD = env.flag("HSTS_PRELOAD") and PRODUCTION

# W019: the mailbox page of a trial run shows letters in a frame of its own site. W021: HSTS_PRELOAD is a choice.
SILENCED_SYSTEM_CHECKS = ["security.W019", "security.W021"]
if not PRODUCTION:
    # These follow from SITE_URL alone, and digest.W004 says so.
    SILENCED_SYSTEM_CHECKS += [f"security.W{number:03}" for number in (4, 8, 12, 16, 18)]

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", LOG_LEVELS)
# At INFO we say a line for each stage; what libraries say there is their own business.
_level_of_libraries = "WARNING" if LOG_LEVEL == "INFO" else LOG_LEVEL
LOG_FORMAT = env.choice("LOG_FORMAT", "text", ("text", "json"))
# Where bugs are reported to, without anything about readers: error_reports.py.
SENTRY_DSN = env.dsn("SENTRY_DSN")
# What no log and no report may have. The last secret was read.
SECRET_VALUES = env.list_secrets()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "deploy.private_logs.make_formatter",
            "line": "%(asctime)s %(levelname)s %(name)s: %(message)s",
            "log_format": LOG_FORMAT,
            "secrets": SECRET_VALUES,
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": _level_of_libraries},
    # Without Django's own handler, which says everything a second time where DEBUG is on.
    "loggers": {
        **{name: {"level": LOG_LEVEL} for name in ("deploy", "digest", "subscriptions")},
        "django": {"level": "NOTSET"},
        # Scanners ask for hosts that are not ours all day: they get their 400, and nobody has to do anything.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # It names every address that it asks, and those of ALERT_URL are secrets.
        "httpx2": {"level": "WARNING"},
        # What is wrong with somebody's BibTeX is told to them.
        "bibtexparser": {"level": "CRITICAL"},
        # `runserver` has a handler of its own, too, and names every path.
        "django.server": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}

# --- what was read ---------------------------------------------------------------------------------------------------
# For the command `settings`, without secrets, and for the checks of .env.
SETTINGS_IN_FORCE = env.list_settings()
DOTENV_LINES = env.dotenv_lines
