import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings.production")

django = get_wsgi_application()

from django.conf import settings  # noqa: E402 - what stands on Django comes after it

from cms.request_id import HEADER, name_of  # noqa: E402
from cms.stack import with_room  # noqa: E402
from home.errors import KeptPages  # noqa: E402
from prevent_content.front_door import FrontDoor  # noqa: E402

if settings.METRICS_TOKEN:
    # Which count what passes through Django.
    application = with_room(django)
else:
    application = FrontDoor(
        with_room(django), KeptPages(django), named=lambda environ: [(HEADER, name_of(environ))]
    )
