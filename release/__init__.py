"""Building and uploading the package. What others may import stands here and in `release.utils`."""

from release.domain.packages import DEFAULT_PACKAGE, Credentials, Package

__all__ = ["DEFAULT_PACKAGE", "Credentials", "Package"]
