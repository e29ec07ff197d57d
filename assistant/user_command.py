"""``python -m assistant user list | add NAME [--role ROLE] | password NAME | remove NAME``."""

import argparse
import getpass
import sys

from assistant.accounts import ROLES, Accounts
from assistant.errors import AccountError
from assistant.settings import load_settings
from assistant.store import Store


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the terminal's parser."""
    user = commands.add_parser("user", help="accounts, needed to serve beyond this machine")
    parts = user.add_subparsers(dest="part", required=True)
    parts.add_parser("list", help="the accounts there are")
    for name, what in (("add", "make one"), ("password", "change its password"), ("remove", "delete one")):
        part = parts.add_parser(name, help=what)
        part.add_argument("name")
        if name == "add":
            part.add_argument("--role", choices=ROLES, default="trainee")


def run(options: argparse.Namespace) -> int:
    """Run it; gives the exit status. A password is asked for, or is the first line of standard input.

    Raises:
        AccountError: it cannot be done; says why.
    """
    store = Store(load_settings().database)
    try:
        accounts = Accounts(store.engine)
        if options.part == "list":
            for user in accounts.list():
                print(f"{user.role:8} {user.name}")
        elif options.part == "add":
            accounts.add(options.name, _password(), options.role)
            print(f"{options.name} may sign in as {options.role}. From now on everybody signs in.")
        elif options.part == "password":
            accounts.set_password(options.name, _password())
            print(f"The password of {options.name} was changed.")
        else:
            accounts.remove(options.name)
            print(f"{options.name} may sign in no more.")
        return 0
    finally:
        store.close()


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != first:
        raise AccountError("The two passwords differ. Nothing was changed.")
    return first
