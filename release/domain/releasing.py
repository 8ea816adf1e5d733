"""A release, step by step: bump, build, check, upload, commit, tag.

Until the upload has succeeded neither the branch nor a file of the repository changes: the commit
is prepared beside the branch (`Repository.prepare`) and built from a clean copy. An upload that put
nothing into the index leaves nothing behind. One that did, or a run that was ended, goes on
where it stopped when the same is asked for again.
"""

from collections.abc import Callable
from pathlib import Path
from time import monotonic

from release.domain import distributions
from release.domain import plan as planning
from release.domain.errors import ReleaseError
from release.domain.indexes import Index, same
from release.domain.packages import Credentials, Package
from release.domain.plan import Plan, Wanted
from release.domain.words import gettext as _

Tell = Callable[[str], None]


def release(
    package: Package,
    wanted: Wanted,
    index: Index | None = None,
    credentials: Credentials | None = None,
    tell: Tell = print,
) -> str:
    """Do the steps that are wanted, telling each. Returns the version. Raises ReleaseError."""
    plan = planning.make(package, wanted, index, credentials)
    return _Release(plan, tell).go()


class _Release:
    def __init__(self, plan: Plan, tell: Tell) -> None:
        self._plan = plan
        self._tell = tell
        self._files: list[Path] = []

    def go(self) -> str:
        plan, wanted = self._plan, self._plan.wanted
        steps = self._steps()
        if plan.commit and plan.commit == plan.repository.prepared():
            self._tell(_("Going on with version %(version)s.") % {"version": plan.version})
        for number, (text, deed) in enumerate(steps, 1):
            self._tell(f"[{number}/{len(steps)}] {text}")
            if wanted.dry_run:
                continue
            began = monotonic()
            if said := deed():
                self._tell(f"      {said}")
            self._tell("      " + _("done in %(s).1f s") % {"s": monotonic() - began})
        if wanted.dry_run:
            for problem in plan.problems:
                self._tell(problem)
            self._tell(_("That was a dry run: nothing was changed."))
        elif wanted.bump and wanted.git:
            plan.repository.forget_prepared()
        return plan.version

    def _steps(self) -> list[tuple[str, Callable[[], str]]]:
        plan, wanted = self._plan, self._plan.wanted
        names = {
            "old": plan.old,
            "version": plan.version,
            "package": plan.package.name,
            "index": plan.index.name if plan.index else "",
            "tag": plan.tag,
        }
        found: list[tuple[bool, str, Callable[[], str]]] = [
            (bool(wanted.bump), _("Version %(old)s becomes %(version)s"), self._bump),
            (wanted.dist, _("Building %(package)s %(version)s from a clean copy"), self._build),
            (wanted.dist or wanted.twine, _("Checking what was built"), self._check),
            (wanted.twine, _("Uploading to %(index)s"), self._upload),
            (wanted.git, _("Committing version %(version)s"), self._commit),
            (wanted.tag, _("Tagging %(tag)s"), self._tag),
        ]
        return [(text % names, deed) for asked, text, deed in found if asked]

    # --- the steps --------------------------------------------------------------------------------

    def _bump(self) -> str:
        plan, package = self._plan, self._plan.package
        if plan.commit:
            return _("was done before")
        files = {
            package.version_file: f"{plan.version}\n",
            package.changelog: planning.new_changelog(plan),
        }
        if not plan.wanted.git:
            for path, text in files.items():
                (package.folder / path).write_text(text, encoding="utf-8")
            return _("VERSION and the changelog are written, not committed")
        plan.commit = plan.repository.prepare(plan.head, files, f"Release {plan.version}")
        return ""

    def _build(self) -> str:
        plan = self._plan
        self._files = distributions.built(plan.package, plan.commit)
        if self._files:
            return _("was done before")
        self._files = distributions.build(plan.package, plan.repository, plan.commit, plan.version)
        return ", ".join(file.name for file in self._files)

    def _check(self) -> str:
        plan = self._plan
        self._files = self._files or distributions.built(plan.package, plan.commit)
        if not self._files:
            raise ReleaseError(_("dist/ has nothing that was built from this commit: add --dist."))
        distributions.check(self._files)
        return ""

    def _upload(self) -> str:
        plan = self._plan
        left = [file for file in self._files if file.name not in plan.uploaded]
        for file in self._files:
            if file.name in plan.uploaded and not same(file, plan.uploaded[file.name]):
                raise planning.exists(plan)
        if not left:
            if plan.wanted.bump:
                return _("was done before")
            raise planning.exists(plan)
        done = plan.place.upload(left, plan.uploader)
        if done.code:
            raise self._refused(done.told)
        return ""

    def _refused(self, told: str) -> ReleaseError:
        """What is said when an upload failed; where nothing came of it, nothing stays of it."""
        plan = self._plan
        try:
            there = plan.of_version(plan.place.files(plan.package.name, plan.credentials))
        except ReleaseError:
            there = None
        if there is None or there:
            return ReleaseError(
                _("The upload to %(index)s was cut short. Run the same again to go on. %(why)s")
                % {"index": plan.place.name, "why": told}
            )
        if plan.wanted.bump:
            plan.repository.forget_prepared()
            if plan.wanted.dist:
                distributions.remove(plan.package, self._files)
        if any(word in told for word in ("401", "403")):
            return ReleaseError(
                _("%(index)s refuses the password or token of %(user)s; nothing was changed.")
                % {"index": plan.place.name, "user": plan.uploader.user}
            )
        return ReleaseError(
            _("%(index)s did not take the upload; nothing was changed. %(why)s")
            % {"index": plan.place.name, "why": told}
        )

    def _commit(self) -> str:
        plan, repository = self._plan, self._plan.repository
        if not plan.wanted.bump:
            own = (plan.package.version_file, plan.package.changelog)
            if repository.dirty():
                message = f"Release {plan.version}"
                repository.git("commit", "--quiet", "--message", message, "--only", "--", *own)
                plan.commit = repository.head
        elif plan.commit != repository.head:
            repository.land(plan.commit)
        return self._push("HEAD")

    def _tag(self) -> str:
        plan, repository = self._plan, self._plan.repository
        if not repository.tagged(plan.tag):
            message = f"{plan.package.name} {plan.version}"
            repository.git("tag", "--annotate", "--message", message, plan.tag, plan.commit)
        return self._push(f"refs/tags/{plan.tag}")

    def _push(self, reference: str) -> str:
        plan, repository = self._plan, self._plan.repository
        if not plan.wanted.push:
            return ""
        following = repository.upstream()
        if following is None:
            return _("not pushed: the branch follows no remote")
        repository.push(f"HEAD:{following[1]}" if reference == "HEAD" else reference)
        return _("pushed to %(remote)s") % {"remote": following[0]}
