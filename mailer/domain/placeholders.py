"""Placeholders in texts: `{name}`, of a list that the template names, and nothing else.

A text is no program: no attributes, no calls, no conditions. What a value holds is never read as
a placeholder again.
"""

import re
from collections.abc import Collection, Mapping
from html import escape

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mailer.domain.errors import MailRefused

#: Whatever was probably meant as a placeholder. Style sheets have a colon or a blank in it.
_MEANT = re.compile(r"\{([^{}\s:;]{1,80})\}")
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def used(text: str) -> set[str]:
    """What stands in `text` as a placeholder, whether or not it may."""
    return set(_MEANT.findall(text))


def check(text: str, allowed: Collection[str]) -> None:
    """Raises `MailRefused` for a placeholder that is not `allowed`, and names it."""
    unknown = sorted(used(text) - set(allowed))
    if unknown:
        raise MailRefused(
            ngettext(
                "%(names)s is no placeholder of this template. It may have: %(allowed)s.",
                "%(names)s are no placeholders of this template. It may have: %(allowed)s.",
                len(unknown),
            )
            % {
                "names": ", ".join(f"{{{name}}}" for name in unknown),
                "allowed": ", ".join(f"{{{name}}}" for name in sorted(allowed)) or "–",
            }
        )


def fill(text: str, values: Mapping[str, str], *, html: bool = False) -> str:
    """`text` with its placeholders replaced; with `html` the values are escaped.

    Raises `MailRefused` when a value is missing, and names it.
    """

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in values:
            raise MailRefused(_("There is no value for {%(name)s}.") % {"name": name})
        return escape(values[name]).replace("\n", "<br>\n") if html else values[name]

    return _PLACEHOLDER.sub(value, text)
