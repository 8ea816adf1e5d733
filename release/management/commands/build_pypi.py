"""`manage.py build_pypi --all`: release the package, step by step."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from release.domain.errors import ReleaseError
from release.utils import build


class Command(BaseCommand):
    """Tells each step; a step that fails is one sentence, and the same command goes on after it."""

    help = (
        "Releases the package: bumps the version, builds it from a clean copy of what is "
        "committed, checks and uploads it with Twine, commits and tags. Credentials are taken from "
        "the environment (PYPI_API_TOKEN, or TWINE_USERNAME and TWINE_PASSWORD) or the keyring. "
        "After a failure run the same again: it goes on where it stopped."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="All steps, in this order.")
        parser.add_argument(
            "--bump",
            nargs="?",
            const="patch",
            default="",
            metavar="PART",
            help="The next version: patch (without a word), minor, major, or a version such as "
            "1.4.0; what is unreleased in the changelog gets it and the date.",
        )
        for name, text in (
            ("dist", "Build the source archive and the wheel into dist/, and check them."),
            ("twine", "Check what is in dist/ and upload it. A version that exists is refused."),
            ("git", "Commit the version and the changelog, and push where the branch follows one."),
            ("tag", "Tag the commit with the version, and push the tag."),
            ("dry-run", "Look at everything, tell the steps, and change nothing."),
            ("no-push", "Commit and tag here only."),
        ):
            parser.add_argument(f"--{name}", action="store_true", help=text)
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--test-index", action="store_true", help="Upload to TestPyPI.")
        where.add_argument(
            "--repository-url",
            default="",
            metavar="URL",
            help="Upload to another index. Default: TWINE_REPOSITORY_URL, else PyPI.",
        )
        parser.add_argument(
            "--index-url",
            default="",
            metavar="URL",
            help="Where that index has its packages. Default: simple/ below it.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        where = options["repository_url"]
        if not options["test_index"]:
            where = where or os.environ.get("TWINE_REPOSITORY_URL", "")
        try:
            build(
                all=options["all"],
                bump=options["bump"],
                dist=options["dist"],
                twine=options["twine"],
                git=options["git"],
                tag=options["tag"],
                dry_run=options["dry_run"],
                push=not options["no_push"],
                test_index=options["test_index"],
                repository_url=where,
                index_url=options["index_url"],
                tell=self._tell,
            )
        except ReleaseError as error:
            raise CommandError(str(error)) from None

    def _tell(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
