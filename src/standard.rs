//! The standard library of Python: the names of its modules.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

/// Those of Python 3.8 to 3.14, on every system, without the private ones.
const MODULES: &str = "\
    __future__ abc aifc annotationlib antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 \
    bdb binascii bisect builtins bz2 cProfile calendar cgi cgitb chunk cmath cmd code codecs codeop collections \
    colorsys compileall compression concurrent configparser contextlib contextvars copy copyreg crypt csv ctypes \
    curses dataclasses datetime dbm decimal difflib dis distutils doctest email encodings ensurepip enum errno \
    faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc genericpath getopt getpass gettext \
    glob graphlib grp gzip hashlib heapq hmac html http idlelib imaplib imghdr imp importlib inspect io ipaddress \
    itertools json keyword lib2to3 linecache locale logging lzma mailbox mailcap marshal math mimetypes mmap \
    modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path numbers opcode operator \
    optparse os ossaudiodev pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath \
    pprint profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat pyrepl queue quopri random re readline \
    reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtpd smtplib \
    sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string \
    stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios \
    textwrap this threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle \
    turtledemo types typing unicodedata unittest urllib uu uuid venv warnings wave weakref webbrowser winreg \
    winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo";
/// Names under which modules of the standard library keep others, where they differ from those: `enum.bltns`.
const ALIASES: [&str; 1] = ["bltns"];

static NAMES: LazyLock<FxHashSet<&str>> = LazyLock::new(|| MODULES.split_ascii_whitespace().collect());

/// Whether a module of that name (one without dots) is part of Python.
pub fn is_module(name: &str) -> bool {
    NAMES.contains(name)
}

/// Whether an attribute of that name may be a module of the standard library, underscores before it aside.
pub fn gives_back(name: &str) -> bool {
    is_module(name) || ALIASES.contains(&name)
}
