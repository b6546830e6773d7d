#!/usr/bin/env python
"""The command line: `python manage.py help` lists what there is."""

import sys

from deploy.command_line import main

if __name__ == "__main__":
    main(sys.argv)
