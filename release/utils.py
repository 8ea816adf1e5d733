"""`build`, the door for programs. The rules are in `release.domain`; the name is the contract's."""

from release.domain.indexes import Index
from release.domain.packages import DEFAULT_PACKAGE, Credentials, Package
from release.domain.plan import Wanted
from release.domain.releasing import Tell, release


def build(
    package: Package = DEFAULT_PACKAGE,
    credentials: Credentials | None = None,
    *,
    bump: bool | str = False,
    dist: bool = False,
    twine: bool = False,
    git: bool = False,
    tag: bool = False,
    all: bool = False,
    dry_run: bool = False,
    test_index: bool = False,
    repository_url: str = "",
    index_url: str = "",
    push: bool = True,
    tell: Tell = print,
) -> str:
    """Do those steps of a release of `package`; `all` are all of them. Returns the version.

    `bump` is True or `patch`, `minor`, `major` or a version such as `1.4.0`. Without `credentials`
    those of the environment or the keyring are used. `repository_url` is an index other than the
    public one, `index_url` where that has its packages, if it is not what one would expect. Each
    step is told to `tell`. Works without Django's settings.

    Raises `release.domain.errors.ReleaseError`, whose text says what was wrong and what to do.
    """
    part = bump if isinstance(bump, str) else "patch" if bump else ""
    wanted = Wanted(
        bump=part or ("patch" if all else ""),
        dist=dist or all,
        twine=twine or all,
        git=git or all,
        tag=tag or all,
        push=push,
        dry_run=dry_run,
    )
    index = None
    if wanted.twine:
        from release.domain import tools

        tools.check()
        index = (
            Index.at(repository_url, index_url) if repository_url else Index.public(test=test_index)
        )
    return release(package, wanted, index, credentials, tell)
