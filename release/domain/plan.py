"""What a release is to do, and what is known before it does anything.

What has been done is read from facts, and from no file of our own: the branch, the tags, the commit
that a former run has prepared, and what the index has.
"""

from dataclasses import dataclass, field
from datetime import datetime

from release.domain import changelog, tools, versions
from release.domain.errors import ReleaseError
from release.domain.indexes import Index
from release.domain.packages import Credentials, Package
from release.domain.repository import Repository
from release.domain.words import gettext as _


@dataclass(frozen=True)
class Wanted:
    """The steps that somebody asks for."""

    #: `patch`, `minor`, `major` or a version; empty: the version stays.
    bump: str = ""
    dist: bool = False
    twine: bool = False
    git: bool = False
    tag: bool = False
    push: bool = True
    dry_run: bool = False

    def check(self) -> None:
        """Raises ReleaseError where the steps make no sense together."""
        if not (self.bump or self.dist or self.twine or self.git or self.tag):
            raise ReleaseError(_("Nothing to do: name steps, or --all. See --help."))
        if self.bump and not self.git and (self.dist or self.twine or self.tag):
            raise ReleaseError(
                _("--bump alone commits nothing, and only what is committed is built: add --git.")
            )


@dataclass
class Plan:
    """Facts, found before anything is done."""

    package: Package
    wanted: Wanted
    repository: Repository
    index: Index | None
    credentials: Credentials | None
    head: str
    version: str
    #: The version before it.
    old: str
    #: The commit of the release: HEAD, or the one that a former run has prepared; or to be made.
    commit: str = ""
    #: What the index has of this version, with digests.
    uploaded: dict[str, str] = field(default_factory=dict)
    #: Things to know that stop a release, but not a dry run.
    problems: list[str] = field(default_factory=list)

    @property
    def place(self) -> Index:
        """The index. Raises ReleaseError where none was named."""
        if self.index is None:
            raise ReleaseError(_("No index was named."))
        return self.index

    @property
    def uploader(self) -> Credentials:
        """Who uploads. Raises ReleaseError where nobody was named."""
        return self.credentials or self.place.credentials()

    @property
    def tag(self) -> str:
        """The name of the tag."""
        return f"v{self.version}"

    def of_version(self, files: dict[str, str]) -> dict[str, str]:
        """Those files of the package that belong to this version."""
        beginning = f"{self.package.name.replace('-', '_').lower()}-{self.version}"
        ends = ("-", ".tar.gz", ".zip")
        return {
            name: digest
            for name, digest in files.items()
            if any(name.lower().startswith(beginning + end) for end in ends)
        }


def make(
    package: Package, wanted: Wanted, index: Index | None, credentials: Credentials | None
) -> Plan:
    """Look at everything and change nothing. Raises ReleaseError for what cannot be released."""
    wanted.check()
    if wanted.dist or wanted.twine:
        tools.check()
    repository = Repository(package.folder)
    _check_clean(package, wanted, repository)
    if wanted.git or wanted.tag:
        repository.branch  # noqa: B018  (raises where there is none)
        if wanted.push:
            repository.check_upstream()
    head = repository.head
    old = repository.file(head, package.version_file).strip()
    if wanted.git and not wanted.bump:  # what --bump has written
        old = (package.folder / package.version_file).read_text(encoding="utf-8").strip()
    versions.parse(old)
    plan = Plan(package, wanted, repository, index, credentials, head, old, old)
    if wanted.twine:
        _find_credentials(plan)
    if wanted.bump:
        _with_bump(plan)
    else:
        plan.commit = head
        plan.uploaded = _uploaded(plan)
    if wanted.tag and repository.tagged(plan.tag) not in ("", plan.commit):
        raise ReleaseError(
            _("The tag %(tag)s exists, at another commit: choose another version.")
            % {"tag": plan.tag}
        )
    return plan


def _check_clean(package: Package, wanted: Wanted, repository: Repository) -> None:
    own = {package.version_file, package.changelog} if wanted.git and not wanted.bump else set()
    if own and (wanted.dist or wanted.twine or wanted.tag):
        own = set()
    if others := [path for path in repository.dirty() if path not in own]:
        raise ReleaseError(
            _("Not committed: %(files)s. Commit or stash it first; nothing was changed.")
            % {"files": ", ".join(others[:5]) + (" …" if len(others) > 5 else "")}
        )


def _find_credentials(plan: Plan) -> None:
    try:
        plan.credentials = plan.credentials or plan.place.credentials()
    except ReleaseError as error:
        if not plan.wanted.dry_run:
            raise
        plan.problems.append(str(error))


def _uploaded(plan: Plan) -> dict[str, str]:
    if not plan.wanted.twine or plan.index is None:
        return {}
    return plan.of_version(plan.index.files(plan.package.name, plan.credentials))


def _with_bump(plan: Plan) -> None:
    """The next version; or the one of a run that did not come to its end."""
    if plan.wanted.git and _taken_up(plan):
        return
    plan.version = versions.following(plan.old, plan.wanted.bump)
    if plan.repository.tagged(plan.tag):
        raise ReleaseError(
            _("Version %(version)s is tagged already: choose another with --bump.")
            % {"version": plan.version}
        )
    if _uploaded(plan):
        raise exists(plan)
    new_changelog(plan)  # raises where nothing is written down


def _taken_up(plan: Plan) -> bool:
    """Whether a former run has prepared this release, which then goes on."""
    repository, prepared = plan.repository, plan.repository.prepared()
    if not prepared:
        return False
    plan.version = repository.file(prepared, plan.package.version_file).strip()
    if prepared == plan.head:  # uploaded, and on the branch
        if repository.tagged(plan.tag) and not plan.wanted.push:
            return False
        plan.old = repository.file(f"{prepared}^", plan.package.version_file).strip()
    elif repository.parent(prepared) != plan.head:
        if _uploaded(plan) and not repository.contains(prepared):
            raise ReleaseError(
                _(
                    "Version %(version)s was uploaded from %(commit)s, which the branch lacks: "
                    "git merge it, and run this again."
                )
                % {"version": plan.version, "commit": prepared[:12]}
            )
        return False
    plan.uploaded = _uploaded(plan)
    if not plan.uploaded and prepared != plan.head:
        return plan.version == versions.following(plan.old, plan.wanted.bump) and _take(
            plan, prepared
        )
    return _take(plan, prepared)


def _take(plan: Plan, prepared: str) -> bool:
    plan.commit = prepared
    return True


def exists(plan: Plan) -> ReleaseError:
    """What is said of a version that the index has already."""
    return ReleaseError(
        _("%(index)s has %(package)s %(version)s already, and never takes a version twice.")
        % {"index": plan.place.name, "package": plan.package.name, "version": plan.version}
    )


def new_changelog(plan: Plan) -> str:
    """The changelog after the release. Raises ReleaseError."""
    text = plan.repository.file(plan.head, plan.package.changelog)
    return changelog.released(text, plan.version, datetime.now().astimezone().date())
