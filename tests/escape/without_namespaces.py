#!/usr/bin/env python3
"""Runs a command where no namespace can be made, as container engines see to it for what they hold.

    without_namespaces.py [--uid N] COMMAND ...

The command runs in a user namespace in which no other may be made (user_namespaces(7)), or where it is if none can be made
there already. From root, all users are as they are outside, and with --uid the command runs as one of them; others run it as
themselves."""
import ctypes, os, sys

NEW_USER = 0x10000000
LIMIT = "/proc/sys/user/max_user_namespaces"


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def same(kind):
    """All users or groups that there are, as they are."""
    with open(f"/proc/self/{kind}") as file:
        return "".join(f"{first} {first} {count}\n" for first, _, count in map(str.split, file))


def enter(user, group):
    """A user namespace of our own: whoever is outside of it says who is who in it."""
    users, groups = same("uid_map"), same("gid_map")
    parent, (asks, asked), (hears, answers) = os.getpid(), os.pipe(), os.pipe()
    if os.fork() == 0:
        # Or it would wait for itself, should its parent be killed.
        os.close(asked)
        if os.read(asks, 1) != b"x":
            os._exit(0)
        if user == 0:
            write(f"/proc/{parent}/uid_map", users)
            write(f"/proc/{parent}/gid_map", groups)
        else:
            write(f"/proc/{parent}/setgroups", "deny")
            write(f"/proc/{parent}/uid_map", f"{user} {user} 1")
            write(f"/proc/{parent}/gid_map", f"{group} {group} 1")
        os.write(answers, b"x")
        os._exit(0)
    is_new = ctypes.CDLL(None).unshare(NEW_USER) == 0
    os.write(asked, b"x" if is_new else b"-")
    os.close(answers)
    is_named = os.read(hears, 1) == b"x"
    os.wait()
    for descriptor in (asks, asked, hears):
        os.close(descriptor)
    if is_new:
        if not is_named:
            sys.exit("the users of the namespace cannot be named")
        write(LIMIT, "0")


def main():
    command, user = sys.argv[1:], None
    if command[:1] == ["--uid"]:
        user, command = int(command[1]), command[2:]
    if not command:
        sys.exit(__doc__)
    enter(os.getuid(), os.getgid())
    if user is not None:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    os.execvp(command[0], command)


main()
