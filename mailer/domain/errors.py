"""Why a rule refuses, in one translated sentence."""

from django.utils.functional import Promise


class MailRefused(Exception):
    """What was asked breaks a rule. `str()` is a sentence for people, in their language."""

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


class NoSuchTemplate(MailRefused):
    """There is no template of that name, or none that has a text."""
