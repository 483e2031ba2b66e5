"""What gunicorn loads: `gunicorn web.wsgi:app`, as gunicorn.conf.py says."""

from gevent import monkey

monkey.patch_all()

import gc  # noqa: E402
import logging  # noqa: E402
import sys  # noqa: E402

import gevent  # noqa: E402

from streams.outage_filter import thin_outages  # noqa: E402
from streams.settings import SettingsError, settings  # noqa: E402

# What Socket.IO imports if it is installed, and does without if not: 13 MB that nothing here uses.
_spared = dict.fromkeys(("aiohttp", "tornado", "valkey"))
sys.modules.update(_spared)  # type: ignore[arg-type]  # None: the import of it fails

from web.app import create_app  # noqa: E402
from web.health import log_warnings  # noqa: E402

for _name in _spared:
    del sys.modules[_name]  # who imports it later gets it

try:
    _settings = settings()
except SettingsError as error:
    sys.exit(str(error))
logging.basicConfig(
    level=_settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
)
thin_outages(logging.getLogger())
app = create_app(_settings)
app.extensions["background"].start()
gevent.spawn(log_warnings, app.extensions["weir"].redis)
# A search for garbage holds up every viewer. So it skips what lives as long as the process, and
# comes before much has gathered: thousands of connections that end left work for 0.3 s.
gc.collect()
gc.freeze()
gc.set_threshold(700, 5, 2)
