# Runs before a script, in its own interpreter (`-c`), and then runs it: as `__main__`, with its own name, arguments and
# path, so that it finds everything as if it had been started by itself. Meanwhile an audit hook (PEP 578) writes what it
# hears to descriptor 3, one JSON object a line. Nothing here may change what the script does, and nothing holds it to the
# truth: it runs in the same process, and may write what it likes to that descriptor.


def run():
    import posix
    import sys

    # What is used while the script runs is taken before it begins: its variables go by these names, and it may replace them.
    from builtins import BaseException, Exception, RecursionError, SystemExit
    from builtins import bytearray, bytes, getattr, int, issubclass, list, slice, str, tuple, type
    from posix import write as send

    own = sys._getframe
    is_old = sys.version_info < (3, 10)
    main = sys.modules["__main__"].__dict__
    del main["run"]
    path = sys.argv[1]
    del sys.argv[0]
    if hasattr(sys, "orig_argv"):
        at = sys.orig_argv.index("-c")
        del sys.orig_argv[at : at + 2]
    if not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
        sys.path[0] = path.rpartition("/")[0] or "/"
    # From 3.13 on, a traceback through code that has no file would show lines of this one.
    if "linecache" in sys.modules:
        sys.modules["linecache"].cache.pop("<string>", None)
    main["__file__"] = path
    if sys.version_info < (3, 15):
        main["__cached__"] = None
    main["__loader__"] = sys.modules["_frozen_importlib_external"].SourceFileLoader("__main__", path)

    longest = 256
    escapes = {code: "\\u%04x" % code for code in [*range(32), 34, 92, 127]}
    writing = posix.O_WRONLY | posix.O_RDWR | posix.O_CREAT | posix.O_TRUNC | posix.O_APPEND
    # Whatever lies where the script begins to work counts as its own, and so does the script itself.
    folder = posix.getcwd().rstrip("/") + "/"

    # Targets are made of what is known to be harmless to look at: no method of the script's own classes is called.
    def text(value):
        if issubclass(type(value), str):
            return str.__getitem__(value, slice(longest))
        if type(value) in (bytes, bytearray):
            return bytes(value[:longest]).decode("utf-8", "replace")
        return "%d" % value if type(value) is int else None

    def joined(values, between=" "):
        if type(values) not in (list, tuple):
            return text(values)
        return between.join([text(value) or "?" for value in values[:16]])

    def argument(at):
        return lambda arguments: text(arguments[at])

    def arguments_from(at, between=" "):
        return lambda arguments: joined(arguments[at:], between)

    def command(at):
        return lambda arguments: joined(arguments[at])

    # The address of a family that has ports begins with host and port.
    def address(at):
        return lambda arguments: joined(arguments[at][:2] if type(arguments[at]) is tuple else arguments[at], ":")

    def nothing(arguments):
        return None

    # Of the events in CPython's list: what happens, and to what.
    events = {
        "import": ("import", argument(0)),
        "compile": ("code", argument(0)),
        "exec": ("code", lambda arguments: text(arguments[0].co_filename)),
        "pickle.find_class": ("code", arguments_from(0, ".")),
        "open": ("read", argument(0)),
        "os.listdir": ("read", argument(0)),
        "os.scandir": ("read", argument(0)),
        "os.mkdir": ("write", argument(0)),
        "os.link": ("write", argument(1)),
        "os.symlink": ("write", argument(1)),
        "os.rename": ("write", argument(1)),
        "os.truncate": ("write", argument(0)),
        "sqlite3.connect": ("write", argument(0)),
        "os.remove": ("delete", argument(0)),
        "os.rmdir": ("delete", argument(0)),
        "os.chmod": ("change-mode", argument(0)),
        "os.chown": ("change-mode", argument(0)),
        "os.setxattr": ("change-mode", argument(0)),
        "os.removexattr": ("change-mode", argument(0)),
        "socket.connect": ("connect", address(1)),
        "socket.sendto": ("connect", address(1)),
        "socket.sendmsg": ("connect", address(1)),
        "http.client.connect": ("connect", arguments_from(1, ":")),
        "urllib.Request": ("connect", argument(0)),
        "ftplib.connect": ("connect", arguments_from(1, ":")),
        "imaplib.open": ("connect", arguments_from(1, ":")),
        "poplib.connect": ("connect", arguments_from(1, ":")),
        "smtplib.connect": ("connect", arguments_from(1, ":")),
        "socket.getaddrinfo": ("resolve", argument(0)),
        "socket.gethostbyname": ("resolve", argument(0)),
        "socket.gethostbyaddr": ("resolve", argument(0)),
        "socket.getnameinfo": ("resolve", address(0)),
        "socket.bind": ("listen", address(1)),
        "subprocess.Popen": ("spawn", command(1)),
        "os.system": ("spawn", argument(0)),
        "os.exec": ("spawn", command(1)),
        "os.posix_spawn": ("spawn", command(1)),
        "os.spawn": ("spawn", command(2)),
        "pty.spawn": ("spawn", command(0)),
        "webbrowser.open": ("spawn", argument(0)),
        "os.fork": ("spawn", nothing),
        "os.forkpty": ("spawn", nothing),
        "ctypes.dlopen": ("native-code", argument(0)),
        "ctypes.dlsym": ("native-code", argument(1)),
        "sqlite3.load_extension": ("native-code", argument(1)),
        "os.kill": ("signal", arguments_from(0)),
        "os.killpg": ("signal", arguments_from(0)),
        "signal.pthread_kill": ("signal", arguments_from(0)),
        "os.putenv": ("environment", argument(0)),
        "os.unsetenv": ("environment", argument(0)),
    }

    def quoted(value):
        return "null" if value is None else '"%s"' % value[:longest].translate(escapes)

    def write(kind, event, target, file, line):
        fields = kind, event, quoted(target), quoted(file), "null" if line is None else "%d" % line
        line = '{"kind":"%s","by":"%s","target":%s,"file":%s,"line":%s}\n' % fields
        # No longer than what a pipe takes whole, whoever else writes to it: pipe(7).
        send(output, line.encode("utf-8", "replace"))

    def tell(event, row, arguments):
        kind, target = row
        caller = frame = own(1).f_back
        if caller is not None and caller.f_code in silent:
            return
        while frame is not None:
            file = frame.f_code.co_filename
            if file == path or file.startswith(folder):
                break
            frame = frame.f_back
        if event == "open":
            if type(arguments[0]) is int:
                return
            if arguments[2] & writing:
                kind = "write"
        if kind in ("import", "code", "read") and frame is not caller:
            # What Python's own modules import, compile and find for themselves is nobody's doing.
            by = None if caller is None else caller.f_code.co_filename
            is_search = by is None or by.startswith("<frozen ")
            if event == "exec" and is_search and through_import_module(caller, frame):
                # The arguments of the function that runs the module's code: the code, and the module's names.
                kind, arguments, target = "import", caller.f_locals["args"][1]["__name__"], text
            elif is_search or kind != "read":
                return
        if frame is None:
            write(kind, event, target(arguments), None, None)
        else:
            write(kind, event, target(arguments), file, frame.f_lineno)

    # `importlib.import_module` raises no event of its own; the code of the module that it runs does.
    def through_import_module(frame, script):
        while frame is not None and frame.f_code.co_filename.startswith("<frozen importlib"):
            frame = frame.f_back
        if frame is None or not frame.f_code.co_filename.endswith("/importlib/__init__.py"):
            return False
        return frame.f_back is script

    def hear(event, arguments):
        row = events.get(event)
        if row is None:
            return
        try:
            tell(event, row, arguments)
        except RecursionError:
            # Before 3.10, Python ends where one goes unnoticed so close to the limit.
            if is_old:
                raise
        except Exception as error:
            # Whatever goes wrong here stays here. A handler of the script's signals may raise here as well as anywhere.
            trace = error.__traceback__
            while trace.tb_next is not None:
                trace = trace.tb_next
            if trace.tb_frame.f_code not in ours:
                raise

    # Called where the interpreter ends by an exception: the way to it begins with the script.
    def show(kind, error, trace):
        sys.excepthook = told
        trace = trace.tb_next.tb_next
        sys.last_traceback = trace
        BaseException.with_traceback(error, trace)
        told(kind, error, trace)
        forget()

    # As the interpreter does at the end of a script, whichever way that ends.
    def flush():
        for name in ("stderr", "stdout"):
            try:
                getattr(sys, name).flush()
            except BaseException:
                pass

    def forget():
        main.pop("__file__", None)
        main.pop("__cached__", None)

    functions = [text, joined, tell, write, quoted, through_import_module, hear, nothing]
    functions += [argument(0), arguments_from(0), command(0), address(0), events["exec"][1]]
    ours = {function.__code__ for function in functions}
    silent = {run_code for run_code in (own(0).f_code, own(1).f_code, show.__code__)}
    # Out of the way: the script's first file is number 3, as ever.
    output = 3
    try:
        output = posix.dup2(3, min(posix.sysconf("SC_OPEN_MAX"), 1024) - 1, inheritable=False)
        posix.close(3)
    except OSError:
        posix.set_inheritable(3, False)
    try:
        with open(path, "rb") as file:
            code = compile(file.read(), path, "exec", dont_inherit=True)
        if hasattr(sys, "addaudithook"):
            sys.addaudithook(hear)
            write("begun", "sys.addaudithook", None, None, None)
        exec(code, main)  # portcullis: ignore[python/exec] -- this is the script, which the gate has judged
    except SystemExit:
        flush()
        raise
    except BaseException:
        flush()
        told = sys.excepthook
        sys.excepthook = show
        raise
    flush()
    forget()


run()
