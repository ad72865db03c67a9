"""`python -m commondesk.cli` is the command `commondesk`."""

import sys

from commondesk.cli import main

sys.exit(main())
