from wagtail_modeladmin.options import modeladmin_register

from .review.admin import RegistrationAdmin

modeladmin_register(RegistrationAdmin)
