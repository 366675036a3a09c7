from django.apps import AppConfig


class CuratedConfig(AppConfig):
    name = "curated"

    def ready(self):
        from curated.support import warning_of
        from environments.pages import snippets

        snippets.warners.append(warning_of)
