"""Templates with a preview, the queue with its status, and unsubscriptions, in the admin."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from mailer.domain import queue, status, templates
from mailer.domain.errors import MailRefused
from mailer.domain.templates import Text
from mailer.models import Attempt, Email, Template, TemplateText, Unsubscription


class TextForm(forms.ModelForm):
    """A text in one language, with the placeholders that its template may have."""

    language = forms.ChoiceField(label=_("language"), choices=settings.LANGUAGES)

    class Meta:
        model = TemplateText
        fields = ["language", "subject", "text", "html"]


class TextFormSet(forms.BaseInlineFormSet):
    """The texts of a template: none may have a placeholder that the template does not name."""

    def clean(self) -> None:
        """Raises `ValidationError`."""
        super().clean()
        names = templates.names_of(self.instance)
        for form in self.forms:
            data = form.cleaned_data
            if data and not data.get("DELETE"):
                text = Text(data.get("subject", ""), data.get("text", ""), data.get("html", ""))
                try:
                    templates.check(text, names)
                except MailRefused as refusal:
                    raise forms.ValidationError(str(refusal)) from None


class TextInline(admin.StackedInline):
    """What staff wrote; a standard template needs none."""

    model = TemplateText
    form = TextForm
    formset = TextFormSet
    extra = 0
    max_num = len(settings.LANGUAGES)


@admin.register(Template)
class TemplateAdmin(admin.ModelAdmin):
    """Templates, each with a preview in every language."""

    list_display = ["slug", "purpose", "own"]
    search_fields = ["slug", "about"]
    fields = ["slug", "about", "placeholders", "preview"]
    readonly_fields = ["preview"]
    inlines = [TextInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Template | None = None) -> list[str]:
        """A standard template is known by its slug, and has its own placeholders."""
        fixed = obj is not None and templates.standard(obj.slug) is not None
        return [*(["slug", "placeholders"] if fixed else []), "preview"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Template]:
        return super().get_queryset(request).prefetch_related("texts")

    @admin.display(description=_("what for"))
    def purpose(self, template: Template) -> str:
        """What it is for."""
        known = templates.standard(template.slug)
        return template.about or (str(known.about) if known else "")

    @admin.display(description=_("own texts"))
    def own(self, template: Template) -> str:
        """The languages in which staff wrote it."""
        return ", ".join(text.language for text in template.texts.all()) or "–"

    @admin.display(description=_("preview"))
    def preview(self, template: Template) -> str:
        """What an e-mail looks like, in each language."""
        if not template.pk:
            return "–"
        seen = []
        for code, name in settings.LANGUAGES:
            try:
                found = templates.text_of(template.slug, code)
                text = templates.filled(found, templates.examples_of(template))
            except MailRefused as refusal:
                text = Text("", str(refusal))
            seen.append((name, text))
        return render_to_string("admin/mailer/preview.html", {"seen": seen})


class AttemptInline(admin.TabularInline):
    """The log of an e-mail."""

    model = Attempt
    fields = ["number", "began", "ended", "outcome", "words", "process"]
    readonly_fields = ["number", "began", "ended", "outcome", "words", "process"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Email)
class EmailAdmin(admin.ModelAdmin):
    """The queue: shown, cancelled, tried again; e-mails are made by the API and by apps."""

    change_list_template = "admin/mailer/email/change_list.html"
    list_display = [
        *("id", "recipients", "subject", "state", "priority", "created", "next_try", "attempts"),
        *("sent", "last_error"),
    ]
    list_filter = ["state", "priority"]
    search_fields = ["subject", "=key", "to", "=template"]
    show_full_result_count = False
    inlines = [AttemptInline]
    actions = ["cancel", "try_again"]
    fields = [
        *("state", "recipients", "copies", "subject", "text", "html", "language", "template"),
        *("topic", "key", "priority", "created", "scheduled", "next_try", "attempts", "uncertain"),
        *("last_error", "sent", "files", "message_id", "claimed_by", "claimed_until"),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What is queued is not edited."""
        return False

    def has_manage_permission(self, request: HttpRequest) -> bool:
        """Whether the user may cancel e-mails and have them tried again."""
        return request.user.has_perm("mailer.change_email")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, below how the queue is."""
        seen = {"status": status.look()} if self.has_view_permission(request) else {}
        return super().changelist_view(request, {**seen, **(extra_context or {})})

    @admin.display(description=_("to"))
    def recipients(self, email: Email) -> str:
        """Whom it goes to."""
        return ", ".join(email.to)

    @admin.display(description=_("copy to"))
    def copies(self, email: Email) -> str:
        """Who gets a copy."""
        return ", ".join(email.cc) or "–"

    @admin.display(description=_("files"))
    def files(self, email: Email) -> str:
        """Names and sizes of its files."""
        told = [
            f"{one.name} ({-(-len(one.content) // 1024)} KiB)" for one in email.attachments.all()
        ]
        return ", ".join(told) or "–"

    @admin.action(description=_("Cancel the selected e-mails that wait"), permissions=["manage"])
    def cancel(self, request: HttpRequest, chosen: QuerySet[Email]) -> None:
        """Send none of them."""
        count = queue.cancel(chosen)
        text = ngettext("%(count)d e-mail cancelled.", "%(count)d e-mails cancelled.", count)
        messages.success(request, text % {"count": count})

    @admin.action(description=_("Try the selected e-mails again now"), permissions=["manage"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[Email]) -> None:
        """Have them sent as if they were new."""
        count = queue.try_again(chosen)
        text = ngettext(
            "%(count)d e-mail is tried again.", "%(count)d e-mails are tried again.", count
        )
        messages.success(request, text % {"count": count})


@admin.register(Unsubscription)
class UnsubscriptionAdmin(admin.ModelAdmin):
    """Who wants no e-mails of a topic."""

    list_display = ["address", "topic", "created"]
    list_filter = ["topic"]
    search_fields = ["address"]
