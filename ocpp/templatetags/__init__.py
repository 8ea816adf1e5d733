"""Tags for templates: `{% load onboarding %}`."""
