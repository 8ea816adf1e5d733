"""`python -m arthexis`: the same as the command `arthexis`."""

from arthexis.command import main

main()
