"""What differs between the releases of Wagtail that we support, one branch for each difference."""

from wagtail import VERSION
from wagtail.admin.views.pages import preview

if VERSION >= (8, 0):
    PreviewOnCreateView = preview.PreviewOnCreateView
    PreviewOnEditView = preview.PreviewOnEditView
else:
    # Wagtail 8.0 gave its page views the ending "View".
    PreviewOnCreateView = preview.PreviewOnCreate
    PreviewOnEditView = preview.PreviewOnEdit
